import { describe, expect, test } from "vitest";
import { chooseCases, withoutLabels } from "../../src/cases/choose-cases.ts";

const area = "[sig-node] Secrets";
const catalogue = ["is patched [Conformance]", "is mounted [LinuxOnly] [Slow]", "is from git [Deprecated]"].map(
  (name) => ({ name: `${area} ${name}`, area }),
);
const table = [{ matches: /\[Deprecated\]/, reason: "it is no more" }];
const names = (cases: readonly { readonly name: string }[]): string[] =>
  cases.map(({ name }) => withoutLabels(name).slice(area.length + 1));

describe("what is run of the suite", () => {
  test("is all but what the table takes out, which is told with its reason", () => {
    const choice = chooseCases(catalogue, { table });
    expect(names(choice.run)).toEqual(["is patched", "is mounted"]);
    expect(choice.notApplicable).toMatchObject([{ name: `${area} is from git [Deprecated]`, reason: "it is no more" }]);
  });

  test("may be a list of names, whatever labels these have", () => {
    const choice = chooseCases(catalogue, { table, only: [`${area} is mounted`] });
    expect(names(choice.run)).toEqual(["is mounted"]);
    expect(choice.notApplicable).toEqual([]);
  });

  test("may be what one of some patterns finds, not applicable cases among it", () => {
    const choice = chooseCases(catalogue, { table, patterns: [/patched/, /git/] });
    expect(names(choice.run)).toEqual(["is patched"]);
    expect(names(choice.notApplicable)).toEqual(["is from git"]);
  });

  test("is refused when the suite has no case any more for a row of the table, or a name of the list", () => {
    const lost = { table: [{ matches: /floppy/, reason: "too old" }], only: [`${area} is read aloud`] };
    expect(() => chooseCases(catalogue, lost)).toThrow(`/floppy/, "${area} is read aloud"`);
  });
});
