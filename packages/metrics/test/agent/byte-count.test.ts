import fc from "fast-check";
import { expect, test } from "vitest";
import { ByteCount } from "../../src/agent/byte-count.ts";

test("a count of bytes never falls, is never more than was moved, and is exact once all streams have ended", () => {
  const stream = fc.record({ reported: fc.array(fc.nat(1_000), { maxLength: 4 }), rest: fc.nat(1_000) });
  fc.assert(
    fc.property(fc.array(stream, { maxLength: 6 }), fc.infiniteStream(fc.nat()), (streams, choices) => {
      const count = new ByteCount();
      const open = streams.map(({ reported, rest }) => ({ left: [...reported], rest, moved: 0 }));
      let [moved, counted] = [0, 0];
      while (open.length > 0) {
        const index = (choices.next().value as number) % open.length;
        const one = open[index]!;
        const next = one.left.shift();
        const bytes = next ?? one.rest;
        one.moved += bytes;
        moved += bytes;
        const growth = next === undefined ? count.total(one.moved) : count.progress(bytes);
        if (next === undefined) open.splice(index, 1);
        expect(growth).toBeGreaterThanOrEqual(0);
        counted += growth;
        expect(counted).toBeLessThanOrEqual(moved);
      }
      expect(counted).toBe(moved);
    }),
  );
});
