import { expect, test } from "vitest";
import { type WorkEntry, doubledStarts, liveUids } from "../../src/backend/work-log.ts";

const entry = (event: WorkEntry["event"], uid: string): WorkEntry => ({ at: "", event, uid, name: `pod-${uid}` });

test("what runs is what was started and not stopped since", () => {
  const log = [entry("started", "a"), entry("started", "b"), entry("stopped", "a"), entry("deleted", "b")];
  expect([...liveUids(log)]).toEqual(["b"]);
});

test("a second start of a UID is told, also after its end", () => {
  const log = [entry("started", "a"), entry("stopped", "a"), entry("started", "a"), entry("started", "b")];
  expect(doubledStarts(log)).toEqual(["pod-a (a) was started 2 times"]);
});
