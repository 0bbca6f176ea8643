import { expect, test } from "vitest";
import { command } from "../../src/packed/command.ts";

const node = (script: string, timeoutMs?: number): Promise<string> =>
  command(process.execPath, ["--eval", script], {
    cwd: import.meta.dirname,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });

test("gives what a program printed, without the conditions of this run", async () => {
  expect(await node('console.log(process.env.NODE_OPTIONS ?? "none")')).toBe("none\n");
});

test("says how a program failed and what it said last", async () => {
  await expect(node('console.error("no such pod"); process.exit(3)')).rejects.toThrow(/failed \(3\):\nno such pod/);
});

test("ends a program that takes too long", async () => {
  await expect(node("setInterval(() => {}, 1000)", 300)).rejects.toThrow("took longer than 300 ms");
});
