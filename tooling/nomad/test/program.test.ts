import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { nomadMissing, nomadProgram } from "../src/program.ts";

afterEach(() => vi.unstubAllEnvs());

/** A machine on which nothing is, and nothing was built, but the programs that are named. */
async function withPrograms(programs: Readonly<Record<string, string>>, run: () => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "nomad-program-"));
  try {
    for (const [name, script] of Object.entries(programs)) {
      writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
      chmodSync(join(folder, name), 0o755);
    }
    vi.stubEnv("PATH", folder);
    vi.stubEnv("XDG_CACHE_HOME", join(folder, "cache"));
    await run();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("where there is no Go, a sentence says so", async () => {
  await withPrograms({}, async () => {
    const sentence = /^Go is not installed .*: install Go .* to build Nomad$/;
    expect(await nomadMissing()).toMatch(sentence);
    await expect(nomadProgram()).rejects.toThrow(sentence);
  });
});

test("where there is Go and no compiler of C, a sentence names the compiler", async () => {
  await withPrograms({ go: "echo a-compiler" }, async () => {
    expect(await nomadMissing()).toBe(
      "There is no compiler of C (a-compiler is not on the PATH), which Nomad is built with: install gcc or clang",
    );
  });
});

test("where there are both, it can be built", async () => {
  await withPrograms({ go: "echo 'a-compiler -some-flag'", "a-compiler": "" }, async () => {
    expect(await nomadMissing()).toBeUndefined();
  });
});

test("what was built in part is not there", async () => {
  const failing =
    '[ "$1" != build ] && echo a-compiler && exit 0; while [ "$1" != -o ]; do shift; done; echo >"$2"; exit 1';
  await withPrograms({ go: failing, "a-compiler": "" }, async () => {
    await expect(nomadProgram()).rejects.toThrow("go build -v ended with 1");
    await expect(nomadProgram()).rejects.toThrow("go build -v ended with 1");
  });
});
