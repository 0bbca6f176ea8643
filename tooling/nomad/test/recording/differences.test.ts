import { expect, test } from "vitest";
import { differences } from "../../src/recording/differences.ts";

const exchange = (name: string, body: unknown) => ({
  name,
  request: { method: "GET", path: "/v1/jobs" },
  reply: { status: 200, body },
});

test("what is the same has no differences", () => {
  const list = [exchange("list", [{ ID: "one" }])];
  expect(differences(list, structuredClone(list))).toEqual([]);
});

test("each place that differs is named, with both values", () => {
  const before = [exchange("list", [{ ID: "one", Stop: false }])];
  const after = [exchange("list", [{ ID: "two", Name: "two", Stop: false }])];
  expect(differences(before, after)).toEqual([
    'list › reply › body › 0 › ID: "two", and it was "one"',
    'list › reply › body › 0 › Name: "two", and it was nothing',
  ]);
});

test("an exchange that is no longer asked, or is new, is a difference", () => {
  expect(differences([exchange("old", 1)], [exchange("new", 2)])).toHaveLength(2);
});
