import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ViewBuilder } from "../../../src/supervisor/views/view-builder.ts";
import { isGone, until } from "../../process-node.ts";

test("a view that takes too long is given up with all that was to make it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "vk-builder-"));
  try {
    const program = join(folder, "program");
    const copying = join(folder, "copying");
    writeFileSync(program, `#!/bin/sh\nsleep 60 & echo $! > ${copying}; wait\n`, { mode: 0o755 });
    const tools = {
      unshare: program,
      bwrap: "bwrap",
      nsenter: "nsenter",
      setpriv: "setpriv",
      mount: "mount",
      sh: "sh",
    };
    const build = ViewBuilder.build({ tools, inUserNamespace: false, arguments: [], timeoutMs: 1000 });
    await expect(build).rejects.toThrow("the root view cannot be made");
    await until(() => isGone(Number(readFileSync(copying, "utf8"))), "its end");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
