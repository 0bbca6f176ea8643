import { expect, test } from "vitest";
import { contradictions } from "../../src/recording/contradictions.ts";

const exchange = (reply: object) => ({
  name: "get",
  request: { method: "GET", path: "/v1/job/one" },
  reply: { status: 200, ...reply },
});
const between = (real: object, other: object): readonly string[] => contradictions([exchange(real)], [exchange(other)]);

test.each([
  ["says the same", { body: { ID: "one", Stop: false } }, { body: { ID: "one", Stop: false } }],
  ["says less", { body: { ID: "one", Stop: false } }, { body: { ID: "one" } }],
  ["has another value of the same kind", { body: { ID: "one" } }, { body: { ID: "two" } }],
  ["lacks members of a list", { body: [{ Type: "a" }, { Type: "b" }] }, { body: [{ Type: "b" }] }],
])("who %s does not contradict", (_, real, other) => {
  expect(between(real, other)).toEqual([]);
});

test.each([
  ["another status", { status: 404, text: "gone" }, { status: 500, text: "gone" }, "get › status: 500 instead of 404"],
  [
    "another text",
    { text: "job not found" },
    { text: "no such job" },
    'get › text: "no such job" instead of "job not found"',
  ],
  ["more than there is", { body: {} }, { body: { Extra: 1 } }, "get › Extra: a real one has none"],
  ["another kind", { body: { Ports: null } }, { body: { Ports: [] } }, "get › Ports: [] instead of null"],
  [
    "another state",
    { body: { Status: "dead" } },
    { body: { Status: "running" } },
    'get › Status: "running" instead of "dead"',
  ],
  [
    "a member that is nowhere",
    { body: [{ Type: "a" }] },
    { body: [{ Type: "b" }] },
    'get › 0: a real one has nothing like {"Type":"b"}',
  ],
])("%s is a contradiction", (_, real, other, told) => {
  expect(between(real, other)).toEqual([told]);
});
