import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exposition } from "../../src/exposition/exposition.ts";
import type { MetricFamily } from "../../src/exposition/family.ts";
import { parsed } from "../parsed.ts";

const name = fc.stringMatching(/^[a-z_]{1,8}$/);
const labels = fc.dictionary(name, fc.string({ unit: "binary", maxLength: 12 }), { maxKeys: 4 });
const sample = fc.record(
  {
    labels,
    value: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value)),
    timeMs: fc.maxSafeNat(),
  },
  { requiredKeys: ["value"] },
);
const families = fc.uniqueArray(
  fc.record<MetricFamily>({
    name,
    help: fc.string({ unit: "binary" }).map((text) => text.trim()),
    type: fc.constantFrom("counter", "gauge"),
    samples: fc.array(sample),
  }),
  { selector: (family) => family.name },
);

/** In an order that says nothing. */
function sorted(samples: readonly unknown[]): string[] {
  return samples.map((one) => JSON.stringify(one)).toSorted();
}

describe("an exposition", () => {
  test("gives the same samples when it is read again, whatever is in the labels", () => {
    fc.assert(
      fc.property(families, (written) => {
        const read = parsed(exposition(written));
        expect(read.map((family) => family.name)).toEqual(written.map((family) => family.name).toSorted());
        for (const { name: familyName, type, help, samples } of written) {
          const again = read.find((family) => family.name === familyName);
          expect(again).toMatchObject({ type, help });
          const expected = samples.map(({ labels: own = {}, value, timeMs }) => ({
            name: familyName,
            labels: Object.fromEntries(Object.entries(own).toSorted(([a], [b]) => (a < b ? -1 : 1))),
            value,
            ...(timeMs === undefined ? {} : { timeMs }),
          }));
          expect(sorted(again?.samples ?? [])).toEqual(sorted(expected));
        }
      }),
    );
  });

  test("orders families by name, samples by the values of their labels, and labels by name", () => {
    const one = (b: string, a: string) => ({ labels: { b, a }, value: 1 });
    const text = exposition([
      { name: "z", type: "gauge", help: "last", samples: [] },
      {
        name: "a",
        type: "counter",
        help: "first",
        samples: [one("x", "2"), one("y", "1"), one("x", "1"), { value: 0 }],
      },
    ]);
    expect(text).toBe(
      [
        "# HELP a first",
        "# TYPE a counter",
        "a 0",
        'a{a="1",b="x"} 1',
        'a{a="1",b="y"} 1',
        'a{a="2",b="x"} 1',
        "# HELP z last",
        "# TYPE z gauge",
        "",
      ].join("\n"),
    );
  });
});
