import { assert, nat, property, stringMatching, tuple, uniqueArray } from "fast-check";
import { describe, expect, test } from "vitest";
import { nearestName } from "../../src/config/nearest-name.ts";

const known = ["provider", "nodeName", "nodeAddress", "kubeletPort", "logLevel", "labels"];

describe("the nearest name", () => {
  test.each([
    ["nodename", "nodeName"],
    ["node-name", "nodeName"],
    ["NODE_NAME", "nodeName"],
    ["nodNaem", "nodeName"],
    ["povider", "provider"],
    ["labls", "labels"],
    ["kubeletport", "kubeletPort"],
    ["loglvel", "logLevel"],
    ["kubeletAddress", undefined],
    ["x", undefined],
    ["", undefined],
    ["replicas", undefined],
  ])("of %j is %j", (name, nearest) => {
    expect(nearestName(name, known)).toBe(nearest);
  });

  test("is the name itself when it is known", () => {
    assert(
      property(uniqueArray(stringMatching(/^[a-z]{1,12}$/), { minLength: 1 }), (names) => {
        for (const name of names) expect(nearestName(name, names)).toBe(name);
      }),
    );
  });

  test("is found after two neighbouring letters were swapped in a name of four letters or more", () => {
    const swapped = tuple(stringMatching(/^[a-z]{4,12}$/), nat()).map(([name, at]): [string, string] => {
      const index = at % (name.length - 1);
      return [name, `${name.slice(0, index)}${name[index + 1]}${name[index]}${name.slice(index + 2)}`];
    });
    assert(
      property(swapped, ([name, slip]) => {
        expect(nearestName(slip, [name])).toBe(name);
      }),
    );
  });
});
