import { expect, test } from "vitest";
import type { WorkEntry } from "../../src/backend/work-log.ts";
import { faultsOf } from "../../src/histories/expectation.ts";

const entry = (event: WorkEntry["event"], uid: string, by?: WorkEntry["by"]): WorkEntry => ({
  at: "",
  event,
  uid,
  name: `pod-${uid}`,
  ...(by ? { by } : {}),
});
const expected = new Map([
  ["a", { name: "pod-a", isDeleted: false }],
  ["b", { name: "pod-b", isDeleted: true }],
]);

test("an end that somebody has asked for, or that comes by itself, is no fault", () => {
  const log = [entry("started", "a"), entry("stopped", "a", "itself"), entry("stopped", "b", "grace")];
  expect(faultsOf(log, expected)).toEqual([]);
});

test("an end that nobody has asked for is a fault, and so is a second start", () => {
  const log = [entry("started", "a"), entry("stopped", "a", "request"), entry("started", "a")];
  expect(faultsOf(log, expected)).toEqual([
    "pod-a (a) was started 2 times",
    "pod-a (a) was killed and nobody asked for it",
  ]);
});
