import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { call } from "../process-node.ts";
import { ViewScene, at, box, inUserNamespace, noViews, outputOf } from "./scene.ts";

/** A folder that is on an overlay, which takes no further one. */
class OnOverlay implements Disposable {
  readonly #folder: string = mkdtempSync(join(tmpdir(), "vk-overlay-"));
  readonly path: string = join(this.#folder, "merged");

  constructor() {
    for (const name of ["lower", "upper", "work", "merged"]) mkdirSync(join(this.#folder, name));
    const options = "lowerdir=lower,upperdir=upper,workdir=work";
    execFileSync("mount", ["-t", "overlay", "-o", options, "overlay", "merged"], { cwd: this.#folder });
  }

  [Symbol.dispose](): void {
    execFileSync("umount", ["--lazy", this.path]);
    rmSync(this.#folder, { recursive: true });
  }
}

describe.skipIf(noViews ?? (inUserNamespace && "only root mounts a file system for all to see"))(
  "a root of its own where no overlay can be",
  () => {
    test("is a copy: what is written goes with the run, and it can be read-only", async () => {
      using folder = new OnOverlay();
      await using scene = new ViewScene(folder.path);
      await using node = await scene.node();
      const { annotations } = await node.provider.describeNode(call);
      expect(annotations?.["process.virtual-kubelet.io/root-views"]).toMatch(/^bubblewrap .*, copies$/);
      expect(await outputOf(node, box("echo new > /x; cat /x /config/key", at({ "/config": "config" })))).toBe(
        "new\nfirst of config\n",
      );
      expect(readdirSync(scene.root.path)).not.toContain("x");
      const readOnly = { securityContext: { readOnlyRootFilesystem: true } };
      expect(
        await outputOf(
          node,
          box("touch /x 2>&1; touch /data/x; ls /data", { ...readOnly, ...at({ "/data": "scratch" }) }),
        ),
      ).toBe("touch: /x: Read-only file system\nx\n");
    });
  },
);
