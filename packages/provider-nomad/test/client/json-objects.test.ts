import fc from "fast-check";
import { expect, test } from "vitest";
import { jsonObjects } from "../../src/client/json-objects.ts";

async function* cut(text: string, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  let at = 0;
  for (let turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

test("objects come whole, however the stream is cut and whatever stands between them", async () => {
  const objects = fc.array(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.dictionary(fc.string(), fc.string()))));
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(objects, sizes, fc.constantFrom("", "\n"), async (wanted, pieces, between) => {
      const text = wanted.map((each) => JSON.stringify(each) + between).join("");
      const found: unknown[] = [];
      for await (const each of jsonObjects(cut(text, pieces))) found.push(each);
      expect(JSON.stringify(found)).toBe(JSON.stringify(wanted));
    }),
  );
});

test("what is not whole at the end is left out", async () => {
  const found: unknown[] = [];
  for await (const each of jsonObjects(cut('{"a":1}{"b":', [3]))) found.push(each);
  expect(found).toEqual([{ a: 1 }]);
});

test.each(["no servers}", 'the "stream', "]", "500"])(
  "words between objects break the stream off: %s",
  async (words) => {
    const found: unknown[] = [];
    const reading = async (): Promise<void> => {
      for await (const each of jsonObjects(cut(`{"a":1}\n${words}\n{"b":2}`, [5]))) found.push(each);
    };
    await expect(reading()).rejects.toThrow(/is not what Nomad/);
    expect(found).toEqual([{ a: 1 }]);
  },
);

test("an object that is no JSON breaks the stream off as a failure of the server", async () => {
  const reading = async (): Promise<void> => {
    for await (const each of jsonObjects(cut("{oops}", [3]))) expect(each).toBeUndefined();
  };
  await expect(reading()).rejects.toMatchObject({ code: "Unavailable" });
});
