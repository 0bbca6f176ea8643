import { describe, expect, test } from "vitest";
import { claimOf, whatToDoWith } from "../../src/ownership/claim.ts";

const owner = { clusterId: "c1", nodeName: "node-1" };
const pod = { namespace: "default", name: "web", uid: "u1" };

describe("claimOf", () => {
  test.each([
    [{ owner, pod }, "own"],
    [{ owner: { ...owner, nodeName: "node-2" }, pod }, "foreign"],
    [{ owner: { ...owner, clusterId: "c2" }, pod }, "foreign"],
    [undefined, "unmarked"],
  ])("%j is %s", (tags, expected) => {
    expect(claimOf(tags, owner)).toBe(expected);
  });
});

describe("whatToDoWith", () => {
  test.each([
    [{ owner, pod }, "adopt"],
    [{ owner, pod: { ...pod, uid: "u0" } }, "wait"],
    [{ owner: { ...owner, clusterId: "c2" }, pod }, "foreign"],
    [undefined, "foreign"],
  ])("of %j is %s", (found, expected) => {
    expect(whatToDoWith(found, owner, pod)).toBe(expected);
  });
});
