import { describe, expect, test } from "vitest";
import { VariableSet, lengthLimit } from "../../../src/context/environment/variable-set.ts";

const mebibyte = 1024 * 1024;
const variable = (name: string, length: number) => ({ name, value: "x".repeat(length), sensitive: true });

describe("a set of variables", () => {
  test("keeps the order in which names first came, and their last value", () => {
    const set = new VariableSet();
    for (const [name, length] of [
      ["A", 1],
      ["B", 1],
      ["A", 2],
    ] as const)
      set.set(variable(name, length));
    expect(set.toArray()).toEqual([variable("A", 2), variable("B", 1)]);
    expect(set.get("A")).toEqual(variable("A", 2));
    expect(set.has("C")).toBe(false);
  });

  test("has room for as much as a process can be given, and says which one was too much, not what is in it", () => {
    const set = new VariableSet();
    set.set(variable("A", 6 * mebibyte - 1));
    const message =
      'The environment would be larger than 6 MiB with the variable "B", and no process can be given so much';
    expect(() => set.set(variable("B", 0))).toThrow(expect.objectContaining({ code: "InvalidInput", message }));
  });

  test("has room again for what overrules something", () => {
    const set = new VariableSet();
    for (let round = 0; round < 10; round++) set.set(variable("A", 5 * mebibyte));
    expect(set.toArray()).toHaveLength(1);
  });
});

test("parts of one value are counted before they are joined", () => {
  const count = lengthLimit("A");
  for (let part = 0; part < 6; part++) count("x".repeat(mebibyte));
  expect(() => count("x")).toThrow('the variable "A"');
});
