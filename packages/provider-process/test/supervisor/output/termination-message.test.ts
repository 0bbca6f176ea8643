import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

const module = new URL("../../../src/supervisor/output/termination-message.ts", import.meta.url);

/** Read by a process of its own, which can be ended when it hangs. */
function messageIn(folder: string): string {
  const script = `import { terminationMessage } from ${JSON.stringify(module.href)};
    console.log(String(terminationMessage(${JSON.stringify(folder)}, true)));`;
  const args = ["--input-type=module", "--eval", script];
  return execFileSync(process.execPath, args, { encoding: "utf8", timeout: 5000 }).trim();
}

test.each([
  ["a pipe that nobody writes to", (path: string) => execFileSync("mkfifo", [path])],
  ["a link", (path: string) => symlinkSync("/etc/passwd", path)],
  ["a directory", (path: string) => mkdirSync(path)],
])("the last words of a container are none when there is %s in their place", (_what, put) => {
  const folder = mkdtempSync(join(tmpdir(), "vk-words-"));
  try {
    mkdirSync(join(folder, "view"));
    put(join(folder, "view", "termination-message"));
    writeFileSync(join(folder, "log"), "");
    expect(messageIn(folder)).toBe("undefined");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
