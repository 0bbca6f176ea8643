import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lockDirectory } from "../../src/supervisor/directory-lock.ts";

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "vk-lock-"))));
afterEach(() => rmSync(directory, { recursive: true }));

test("a directory is locked once", () => {
  expect([lockDirectory(directory), lockDirectory(directory)]).toEqual([true, false]);
});

test.each([
  { holder: "a process that is gone", text: JSON.stringify({ pid: 2 ** 22 + 1, startedAt: "boot/1" }) },
  { holder: "another process of the same number", text: JSON.stringify({ pid: process.pid, startedAt: "boot/1" }) },
  { holder: "nobody who can be read", text: "" },
])("the lock of $holder is taken over", ({ text }) => {
  writeFileSync(join(directory, "lock.7"), text);
  expect(lockDirectory(directory)).toBe(true);
  expect(readdirSync(directory)).toEqual(["lock.8"]);
});
