import { fstatSync, mkdirSync, mkdtempSync, openSync, closeSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { OutputLog, logFileBytes } from "../../../src/supervisor/output/output-log.ts";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "vk-log-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const fileful = Buffer.alloc(logFileBytes, "x");
const text = (name: string): string => readFileSync(join(folder, name), "utf8");

test("a full file is set aside", () => {
  const log = new OutputLog(folder);
  log.append("stdout", fileful);
  log.append("stdout", Buffer.from("after\n"));
  log.close();
  expect(text("log")).toMatch(/^\S+ stdout F after\n$/);
  expect(text("log.1").length).toBeGreaterThan(logFileBytes);
});

test.each(["log.1", "log.next"])("output goes on, into no other file, when %s cannot be made", (name) => {
  mkdirSync(join(folder, name, "in the way"), { recursive: true });
  const log = new OutputLog(folder);
  log.append("stdout", fileful);
  // Whoever opens a file now must not get the number of one that the log goes on with.
  const strangers = openSync(join(folder, "stranger"), "w");
  log.append("stdout", Buffer.from("after\n"));
  expect(fstatSync(strangers).size).toBe(0);
  closeSync(strangers);
  log.close();
  expect(text("log").endsWith(" stdout F after\n")).toBe(true);
});
