import { execFileSync } from "node:child_process";
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { memoryFolder, volumesFolder } from "../../src/state-directory.ts";
import { sweepVolumes } from "../../src/supervisor/pod-volumes.ts";
import { hasMemoryFolder } from "../../src/volumes/volume-folders.ts";
import { inUserNamespace, noViews } from "../views/scene.ts";

class Folders implements Disposable {
  readonly path: string = mkdtempSync(join(tmpdir(), "vk-sweep-"));

  [Symbol.dispose](): void {
    for (const folder of [this.path, memoryFolder(this.path)]) rmSync(folder, { recursive: true, force: true });
  }
}

describe("the volumes that are left of pods", () => {
  test("go when their pods have gone, whatever else lies there", async () => {
    using folders = new Folders();
    const volumes = volumesFolder(folders.path);
    mkdirSync(join(volumes, "gone", "scratch"), { recursive: true, mode: 0o700 });
    mkdirSync(join(folders.path, "pods", "here"), { recursive: true });
    mkdirSync(join(volumes, "here"));
    writeFileSync(join(volumes, ".of somebody"), "");
    await sweepVolumes(folders.path);
    expect([existsSync(join(volumes, "gone")), existsSync(join(volumes, "here"))]).toEqual([false, true]);
  });

  test.skipIf(noViews ?? (inUserNamespace || !hasMemoryFolder()))(
    "are not looked for in memory where another user has made the folder",
    async () => {
      using folders = new Folders();
      const mounted = join(folders.path, "mounted");
      mkdirSync(mounted);
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", mounted]);
      try {
        const memory = memoryFolder(folders.path);
        mkdirSync(join(memory, "uid"), { recursive: true, mode: 0o755 });
        symlinkSync(mounted, join(memory, "uid", "volume"));
        chownSync(memory, 1234, 1234);
        await sweepVolumes(folders.path);
        expect(existsSync(join(memory, "uid"))).toBe(true);
        expect(readFileSync("/proc/self/mounts", "utf8")).toContain(mounted);
      } finally {
        execFileSync("umount", [mounted]);
      }
    },
  );
});
