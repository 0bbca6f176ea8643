import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { detectViews } from "../../src/views/mode/detect-views.ts";
import { type ViewMode, modeText } from "../../src/views/mode/view-mode.ts";
import { requireTools } from "../../src/views/view-tools.ts";
import { inUserNamespace, noViews } from "./scene.ts";

const run = promisify(execFile);

describe.skipIf(noViews)("whether a host has root views", () => {
  test("is found out by a try, which leaves nothing behind", async () => {
    const folder = mkdtempSync(join(tmpdir(), "vk-detect-"));
    try {
      expect(await detectViews(folder)).toMatchObject({ kind: "bubblewrap", inUserNamespace });
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("is said with what to install, where bubblewrap is not there", async () => {
    const { unshare, bwrap, sh } = requireTools();
    const module = JSON.stringify(new URL("../../src/views/mode/detect-views.ts", import.meta.url).href);
    const program = `import { detectViews } from ${module}; console.log(JSON.stringify(await detectViews(process.argv[1])));`;
    const script = 'mount --bind /dev/null "$1" && shift && exec "$@"';
    const node = [process.execPath, "--input-type=module", "-e", program, tmpdir()];
    const { stdout } = await run(unshare, [
      "--user",
      "--map-root-user",
      "--mount",
      sh,
      "-c",
      script,
      "sh",
      bwrap,
      ...node,
    ]);
    expect(JSON.parse(stdout)).toEqual({ kind: "none", reason: "install the package bubblewrap" });
  });
});

test.each<[ViewMode, string]>([
  [{ kind: "none", reason: "install the package bubblewrap" }, "none: install the package bubblewrap"],
  [
    { kind: "bubblewrap", version: "0.8.0", layers: "overlayfs", inUserNamespace: false },
    "bubblewrap 0.8.0, overlayfs",
  ],
  [
    { kind: "bubblewrap", version: "0.11.0", layers: "copies", inUserNamespace: true },
    "bubblewrap 0.11.0, copies, in a user namespace",
  ],
])("the mode %j is said as “%s”", (mode, text) => {
  expect(modeText(mode)).toBe(text);
});
