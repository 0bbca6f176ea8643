import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { VolumeFile } from "@virtual-kubelet/provider";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { writeVolume } from "../../src/volumes/write-volume.ts";

const isRoot = process.getuid?.() === 0;

class Folder implements Disposable {
  readonly path: string = mkdtempSync(join(tmpdir(), "vk-volume-"));
  readonly volume: string = join(this.path, "volume");

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  read(name: string): string {
    return readFileSync(join(this.volume, name), "utf8");
  }
}

function filesOf(contents: Readonly<Record<string, string>>, mode = 0o644) {
  return {
    files: Object.entries(contents).map(([path, content]): VolumeFile => {
      return { path, content: Buffer.from(content), mode, sensitive: false };
    }),
  };
}

const modeOf = (path: string) => statSync(path).mode & 0o7777;
const visible = (folder: Folder) => readdirSync(folder.volume).filter((name) => !name.startsWith(".."));

describe("a volume that is written", () => {
  test("has its files behind links, and only them, with their modes", async () => {
    using folder = new Folder();
    await writeVolume(folder.volume, filesOf({ a: "1", "d/e/f": "2", "d/g": "3" }, 0o400));
    expect([folder.read("a"), folder.read("d/e/f"), folder.read("d/g")]).toEqual(["1", "2", "3"]);
    expect(modeOf(join(folder.volume, "a"))).toBe(0o400);
    expect(modeOf(join(folder.volume, "d/e"))).toBe(0o755);
    expect(readdirSync(folder.volume).toSorted()).toEqual([expect.stringMatching(/^\.\.\d/), "..data", "a", "d"]);
  });

  test("is replaced whole, and what is not wanted any more is gone", async () => {
    using folder = new Folder();
    await writeVolume(folder.volume, filesOf({ a: "1", b: "2" }));
    await writeVolume(folder.volume, filesOf({ b: "3", c: "4" }));
    expect(visible(folder).toSorted()).toEqual(["b", "c"]);
    expect(folder.read("b")).toBe("3");
    expect(readdirSync(folder.volume)).toHaveLength(4);
  });

  test("is left alone when nothing has changed, and not when a mode has", async () => {
    using folder = new Folder();
    await writeVolume(folder.volume, filesOf({ a: "1" }));
    const before = readdirSync(folder.volume);
    await writeVolume(folder.volume, filesOf({ a: "1" }));
    expect(readdirSync(folder.volume)).toEqual(before);
    await writeVolume(folder.volume, filesOf({ a: "1" }, 0o600));
    expect(readdirSync(folder.volume)).not.toEqual(before);
    expect(modeOf(join(folder.volume, "a"))).toBe(0o600);
  });

  test("may be empty", async () => {
    using folder = new Folder();
    await writeVolume(folder.volume, { files: [] });
    expect(visible(folder)).toEqual([]);
  });

  test.runIf(isRoot)("belongs to whom its files are for, and is open to its group", async () => {
    using folder = new Folder();
    const [file] = filesOf({ "d/token": "1" }, 0o600).files as [VolumeFile];
    for (let time = 0; time < 2; time++) {
      await writeVolume(folder.volume, { files: [{ ...file, uid: 1000 }] }, { group: 2000 });
      expect(statSync(join(folder.volume, "d/token"))).toMatchObject({ uid: 1000, gid: 2000 });
      expect(modeOf(join(folder.volume, "d/token"))).toBe(0o640);
      expect(modeOf(join(folder.volume, "d"))).toBe(0o2755);
      expect(readdirSync(folder.volume)).toHaveLength(3);
    }
  });

  test("stays its writer's own where that is how it is read", async () => {
    using folder = new Folder();
    const [file] = filesOf({ token: "1" }, 0o600).files as [VolumeFile];
    await writeVolume(folder.volume, { files: [{ ...file, uid: 1000 }] }, { group: 2000, keepsOwner: true });
    expect(statSync(join(folder.volume, "token")).uid).toBe(process.getuid?.());
  });

  test("is put right again, whatever lies in its place", async () => {
    using folder = new Folder();
    const outside = join(folder.path, "outside");
    mkdirSync(join(outside, "x"), { recursive: true });
    mkdirSync(join(folder.volume, "a"), { recursive: true });
    writeFileSync(join(folder.volume, "a", "stale"), "");
    symlinkSync(join(outside, "new"), join(folder.volume, "b"));
    symlinkSync(outside, join(folder.volume, "..data"));
    symlinkSync(outside, join(folder.volume, "..data_tmp"));
    symlinkSync(outside, join(folder.volume, "old"));
    await writeVolume(folder.volume, filesOf({ a: "1", b: "2", "x/y": "3" }));
    expect([folder.read("a"), folder.read("b"), folder.read("x/y")]).toEqual(["1", "2", "3"]);
    expect(visible(folder).toSorted()).toEqual(["a", "b", "x"]);
    expect(readdirSync(outside, { recursive: true })).toEqual(["x"]);
  });

  test.each(["", "/etc/x", "../x", "..data", "..x/y", "a/../../x", "a//b", "a/./b", "a/", "a\0b", "a".repeat(256)])(
    "refuses the path %j",
    async (path) => {
      using folder = new Folder();
      await expect(writeVolume(folder.volume, filesOf({ [path]: "1" }))).rejects.toMatchObject({
        code: "InvalidInput",
      });
    },
  );

  test("refuses a path that is a file and a directory", async () => {
    using folder = new Folder();
    await expect(writeVolume(folder.volume, filesOf({ a: "1", "a/b": "2" }))).rejects.toMatchObject({
      message: `The volume cannot have the path "a/b": "a" is a file.`,
    });
  });

  test("holds just its files or nothing, and nothing is made outside of it, whatever their names", async () => {
    const part = fc.oneof(
      fc.constantFrom("..", ".", "", "..data", "a", "b", "..data_tmp", "\0", "outside", "-rf", "*", "é", "a\nb"),
      fc.string({ maxLength: 6 }),
    );
    const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
    const volumes = fc.array(fc.uniqueArray(path, { maxLength: 5 }), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(volumes, async (versions) => {
        using folder = new Folder();
        for (const paths of versions) {
          const wanted = Object.fromEntries(paths.map((name) => [name, `content of ${name}`]));
          const refused = await writeVolume(folder.volume, filesOf(wanted)).catch((error: unknown) => error);
          expect(readdirSync(folder.path).filter((name) => name !== "volume")).toEqual([]);
          if (refused) expect(refused).toMatchObject({ code: "InvalidInput" });
          else for (const [name, content] of Object.entries(wanted)) expect(folder.read(name)).toBe(content);
          if (!refused) expect(new Set(visible(folder))).toEqual(new Set(paths.map((name) => name.split("/")[0])));
        }
      }),
      { numRuns: 60 },
    );
  });

  test("is whole when its writer is killed at any moment, and is written on by the next", async () => {
    using folder = new Folder();
    const program = `
      import { writeVolume } from ${JSON.stringify(new URL("../../src/volumes/write-volume.ts", import.meta.url).href)};
      for (let n = 0; ; n++) {
        const files = ["a", "b/c", "x" + (n % 7)].map((path) => ({ path, content: Buffer.from(String(n)), mode: 0o644, sensitive: false }));
        await writeVolume(process.argv[1], { files });
        if (n === 0) console.log("written");
      }`;
    for (let life = 0; life < 5; life++) {
      const writer = spawn(process.execPath, ["--input-type=module-typescript", "-e", program, folder.volume], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      await once(writer.stdout, "data");
      for (let look = 0; look < 20 + life; look++) {
        await new Promise(setImmediate);
        expect(new Set(readWhole(folder)).size).toBe(1);
      }
      writer.kill("SIGKILL");
      await once(writer, "exit");
      expect(new Set(readWhole(folder)).size).toBe(1);
    }
    await writeVolume(folder.volume, filesOf({ a: "last" }));
    expect(readdirSync(folder.volume)).toHaveLength(3);
  });
});

/** What two files of one version say, read through a version that stays while it is read, or again when it does not. */
function readWhole(folder: Folder): readonly string[] {
  for (;;) {
    try {
      const version = readdirSync(join(folder.volume, "..data")).length > 0 && realVersion(folder);
      if (version) return ["a", "b/c"].map((name) => readFileSync(join(version, name), "utf8"));
    } catch {
      // It was replaced meanwhile, and removed.
    }
  }
}

function realVersion(folder: Folder): string {
  return join(folder.volume, readlinkSync(join(folder.volume, "..data")));
}
