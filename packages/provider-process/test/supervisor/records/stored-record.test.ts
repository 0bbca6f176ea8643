import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readRun } from "../../../src/supervisor/records/run-record.ts";
import { readStored, writeDurably, writeRecord } from "../../../src/supervisor/records/stored-record.ts";

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "vk-record-"));
  file = join(directory, "run.json");
});
afterEach(() => rmSync(directory, { recursive: true }));

const lastYear = new Date("2020-01-01T00:00:00Z");

const writers = [
  { how: "at once", write: async (record: object) => writeRecord(file, record) },
  { how: "durably", write: (record: object) => writeDurably(file, record) },
];

describe("a record", () => {
  test.each(writers)("is read as it was written $how", async ({ write }) => {
    await write({ version: 1, uid: "a" });
    expect(readStored(file)).toEqual({ state: "read", record: { version: 1, uid: "a" } });
    expect(readdirSync(directory)).toEqual(["run.json"]);
  });

  test.each(writers)("that cannot be written $how leaves the one before, and nothing else", async ({ write }) => {
    await write({ version: 1, uid: "a" });
    await expect(write({ version: 1, big: 1n })).rejects.toThrow(TypeError);
    expect(readFileSync(file, "utf8")).toBe('{"version":1,"uid":"a"}');
    expect(readdirSync(directory)).toEqual(["run.json"]);
  });

  test.each([
    ['{"version":2}', "it is of format 2, and this version reads format 1"],
    ['{"version":"1"}', 'it is of format "1", and this version reads format 1'],
    ['{"uid":"a"}', "it is no record"],
    ["[]", "it is no record"],
    ["", "it is no record"],
    ['{"version":1,"ui', "it is no record"],
  ])("is left alone when it is %j", (text, problem) => {
    writeFileSync(file, text);
    expect(readStored(file)).toEqual({ state: "foreign", problem });
  });

  test("that cannot be read is left alone, and one that is not there is absent", () => {
    expect(readStored(file)).toEqual({ state: "absent" });
    mkdirSync(file);
    expect(readStored(file)).toEqual({ state: "foreign", problem: "it cannot be read (EISDIR)" });
  });

  test("that the end of the machine has torn is of a run that has ended, nobody knows how", () => {
    const folder = join(directory, "uid-1", "app", "3");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "run.json"), "");
    utimesSync(join(folder, "run.json"), lastYear, lastYear);
    expect(readRun(folder)).toMatchObject({
      state: "read",
      record: {
        uid: "uid-1",
        container: "app",
        attempt: 3,
        isOver: true,
        end: { exit: { type: "unknown" }, finishedAtMs: lastYear.getTime() },
      },
    });
  });
});
