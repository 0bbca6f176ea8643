import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { go } from "../../src/programs/go.ts";

afterEach(() => vi.unstubAllEnvs());

test.each([
  ["its standard output, as with -json", `echo '{"Error": "module lookup disabled"}'`],
  ["its standard error", "echo 'module lookup disabled' >&2"],
])("what Go complains of on %s is in the error", async (_, script) => {
  const folder = mkdtempSync(join(tmpdir(), "go-"));
  try {
    writeFileSync(join(folder, "go"), `#!/bin/sh\n${script}\nexit 1\n`, { mode: 0o755 });
    vi.stubEnv("PATH", `${folder}${delimiter}${process.env["PATH"]}`);
    await expect(go(["mod", "download"], { cwd: folder })).rejects.toThrow(
      /^go mod download ended with 1:\n.*module lookup disabled/,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
