import { expect, test } from "vitest";
import { Normalised } from "../../src/recording/normalised.ts";

const [one, two] = ["0a1b2c3d-0000-1111-2222-333344445555", "ffffffff-0000-1111-2222-333344445555"];

test("an identifier has the same placeholder wherever it stands, and another one has another", () => {
  const value = new Normalised().value({ ID: one, Other: two, Text: `allocation ${one} is gone` });
  expect(value).toEqual({
    ID: "00000000-0000-0000-0000-000000000001",
    Other: "00000000-0000-0000-0000-000000000002",
    Text: "allocation 00000000-0000-0000-0000-000000000001 is gone",
  });
});

test.each([
  ["an index", { ModifyIndex: 17 }, { ModifyIndex: 1 }],
  ["no index", { ModifyIndex: 0 }, { ModifyIndex: 0 }],
  ["a time in nanoseconds", { CreateTime: 1_795_713_448_155_737_600 }, { CreateTime: 1_700_000_000_000_000_000 }],
  ["a time in text", { StartedAt: "2026-02-03T04:05:06.789Z" }, { StartedAt: "2026-01-01T00:00:00Z" }],
  ["never", { StartedAt: "0001-01-01T00:00:00Z" }, { StartedAt: "0001-01-01T00:00:00Z" }],
  ["a port", { Ports: [{ Label: "http", Value: 23_456 }] }, { Ports: [{ Label: "http", Value: 20_000 }] }],
  ["what is the same each time", { exit_code: 3, Name: "main" }, { exit_code: 3, Name: "main" }],
])("%s", (_, value, expected) => {
  expect(new Normalised().value(value)).toEqual(expected);
});

test("what is of this run is replaced in text", () => {
  expect(new Normalised({ "/tmp/run-17": "/folder" }).text("no such file: /tmp/run-17/data")).toBe(
    "no such file: /folder/data",
  );
});

test("members are in one order, whatever order they came in", () => {
  expect(JSON.stringify(new Normalised().value({ b: 1, a: { d: 2, c: 3 } }))).toBe('{"a":{"c":3,"d":2},"b":1}');
});
