import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type WorkEntry, doubledStarts, liveUids, readWorkLog } from "../../src/backend/work-log.ts";

const entry = (event: WorkEntry["event"], uid: string): WorkEntry => ({ at: "", event, uid, name: `pod-${uid}` });

test("what runs is what was started and not stopped since", () => {
  const log = [entry("started", "a"), entry("started", "b"), entry("stopped", "a"), entry("deleted", "b")];
  expect([...liveUids(log)]).toEqual(["b"]);
});

test("a second start of a UID is told, also after its end", () => {
  const log = [entry("started", "a"), entry("stopped", "a"), entry("started", "a"), entry("started", "b")];
  expect(doubledStarts(log)).toEqual(["pod-a (a) was started 2 times"]);
});

test("a line that is being written is not read before its end", () => {
  const directory = mkdtempSync(join(tmpdir(), "virtual-kubelet-work-log-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, "log");
  const line = JSON.stringify(entry("started", "a"));
  writeFileSync(file, `${line}\n${line.slice(0, 9)}`);
  expect(readWorkLog(file)).toEqual([entry("started", "a")]);
});
