import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeFoldersIn } from "../../src/volumes/make-folders.ts";
import { noSwapping } from "./swapping.ts";

test.skipIf(noSwapping)(
  "folders are made in a volume with its mode, and not where a link leads that has been put there",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "vk-folders-"));
    try {
      const [volume, outside] = [join(folder, "volume"), join(folder, "outside")];
      for (const path of [join(volume, "here"), outside]) mkdirSync(path, { recursive: true, mode: 0o705 });
      symlinkSync(outside, join(volume, "link"));
      makeFoldersIn(volume, "/here/made/too");
      expect(statSync(join(volume, "here/made/too")).mode & 0o7777).toBe(0o705);
      expect(() => makeFoldersIn(volume, "/link/made")).toThrow("ENOTDIR");
      expect(readdirSync(outside)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
