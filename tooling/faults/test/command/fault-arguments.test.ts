import { PlainFailure } from "@virtual-kubelet/bootstrap/plain-failure";
import { expect, test } from "vitest";
import { faultArguments, patternOf } from "../../src/command/fault-arguments.ts";

const none = { quick: false, mutate: false, record: false, help: false, numbers: [] };

test.each([
  [[], none],
  [["8", "37", "53b", "--quick"], { ...none, quick: true, numbers: ["08", "37", "53b"] }],
  [["--mutate", "b"], { ...none, mutate: true, numbers: ["b"] }],
  [["--crashes", "1000"], { ...none, crashes: 1000, numbers: ["a"] }],
])("%j is understood", (args, expected) => {
  expect(faultArguments(args)).toEqual(expected);
});

test.each([[["108"]], [["--mutate", "--record"]], [["--crashes", "many"]], [["--slow"]]])(
  "%j is refused with the usage",
  (args) => {
    expect(() => faultArguments(args)).toThrow(PlainFailure);
    expect(() => faultArguments(args)).toThrow("npm run faults");
  },
);

test("numbers select tests by the beginning of their names", () => {
  const pattern = new RegExp(patternOf(["08", "b"]) ?? "");
  const names = ["[08] replayed", "[b] stale lists", "[37] half fail", "about [08] too", "[080] none"];
  expect(names.filter((name) => pattern.test(name))).toEqual(["[08] replayed", "[b] stale lists"]);
  expect(patternOf([])).toBeUndefined();
});
