import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { VolumeFolders } from "../../src/volumes/volume-folders.ts";

test.each(["../elsewhere", "..", "a/b", ""])(
  "a volume is never kept outside of its pod's folder, even called %j",
  (name) => {
    const directory = mkdtempSync(join(tmpdir(), "vk-volumes-"));
    try {
      const pod = { namespace: "default", name: "pod", uid: "uid" };
      expect(() => new VolumeFolders(directory).directoryOf(pod, { name, configMap: {} })).toThrow(
        "cannot be the name",
      );
      expect(existsSync(join(directory, "volumes"))).toBe(false);
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
);
