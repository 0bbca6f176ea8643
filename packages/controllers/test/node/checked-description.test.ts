import { describe, expect, test } from "vitest";
import { checkedDescription } from "../../src/node/checked-description.ts";

describe("checkedDescription", () => {
  test("takes what is whole, and nothing for an empty one", () => {
    const description = {
      capacity: { cpu: "8", pods: 9 },
      conditions: [{ type: "Cool", status: "True" }],
      labels: { a: "b" },
    };
    expect(checkedDescription(description as never)).toBe(description);
    expect(checkedDescription(undefined)).toEqual({});
    expect(checkedDescription(null)).toEqual({});
  });

  test.each<[unknown, string]>([
    ["nonsense", "it is a string"],
    [{ conditions: { Ready: "True" } }, "conditions must be a list of objects"],
    [{ conditions: [null] }, "conditions must be a list of objects"],
    [{ addresses: ["10.0.0.1"] }, "addresses must be a list of objects"],
    [{ taints: 5 }, "taints must be a list of objects"],
    [{ labels: { rack: 5 } }, "labels must be an object whose values are strings"],
    [{ machineID: 7 }, "machineID must be a string"],
    [{ kernelVersion: null }, "kernelVersion must be a string"],
    [{ capacity: "8 cpus" }, "capacity must be an object whose values are quantities"],
    [{ allocatable: { cpu: "banana" } }, 'allocatable: "banana" is no quantity'],
  ])("refuses %j", (description, why) => {
    expect(() => checkedDescription(description as never)).toThrow(
      `The provider's description of the node cannot be used: ${why}`,
    );
  });
});
