import type { OptionsSchema } from "@virtual-kubelet/provider";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { checkOptions, mistakeText } from "../../src/config/check-options.ts";

const schema = z.object({
  address: z.url(),
  token: z.string().optional(),
  limits: z.object({ retries: z.int().default(3) }).optional(),
  regions: z.array(z.object({ name: z.string() })).optional(),
  tags: z.record(z.string(), z.string()).optional(),
  backend: z.union([z.string(), z.strictObject({ host: z.string() })]).optional(),
  free: z.looseObject({ known: z.string().optional() }).optional(),
});
const address = "https://example.com";

async function mistakesOf(value: unknown): Promise<string[]> {
  const { mistakes = [] } = await checkOptions(schema as OptionsSchema<unknown, unknown>, value);
  return mistakes.map(mistakeText);
}

describe("options", () => {
  test.each([
    [{ addres: address }, ['unknown key "addres", did you mean "address"?', '"address" is missing: expected string']],
    [{ address, limits: { retrys: 1 } }, ['unknown key "limits.retrys", did you mean "retries"?']],
    [{ address, limits: { colour: 1 } }, ['unknown key "limits.colour", known here: retries']],
    [
      { address, regions: [{ name: "a" }, { nam: "b" }] },
      ['unknown key "regions[1].nam", did you mean "name"?', '"regions[1].name" is missing: expected string'],
    ],
    [
      { address, backend: { hst: "a" } },
      ['unknown key "backend.hst", did you mean "host"?', '"backend": Invalid input'],
    ],
    [{ address, limits: { retries: "3" } }, ['"limits.retries": expected number, received string']],
    [{ address, tags: { gpu: true } }, ['"tags.gpu": expected string, received boolean (put it in quotes)']],
    [{ address: "nowhere" }, ['"address": Invalid URL']],
    [{ address, tags: { anything: "goes" }, free: { anything: 1 } }, []],
  ])("%j have the mistakes %j", async (value, mistakes) => {
    expect(await mistakesOf(value)).toEqual(mistakes);
  });

  test("come out with the schema's defaults", async () => {
    const { value } = await checkOptions(schema as OptionsSchema<unknown, unknown>, { address, limits: {} });
    expect(value).toEqual({ address, limits: { retries: 3 } });
  });

  test("never show a value, which may be secret", async () => {
    expect((await mistakesOf({ address, token: { secret: "hunter2" } })).join()).not.toContain("hunter2");
  });

  test("of a schema without JSON Schema are checked by the schema alone", async () => {
    const bare = {
      "~standard": {
        version: 1 as const,
        vendor: "bare",
        validate: () => ({ issues: [{ message: "too small", path: [{ key: "size" }] }] }),
      },
    };
    const { mistakes = [] } = await checkOptions(bare as unknown as OptionsSchema<unknown, unknown>, {
      size: 1,
      other: 2,
    });
    expect(mistakes.map(mistakeText)).toEqual(['"size": too small']);
  });

  test("follow references in the JSON Schema", async () => {
    const tree = z.object({
      name: z.string(),
      get children() {
        return z.array(tree).optional();
      },
    });
    const { mistakes = [] } = await checkOptions(tree as OptionsSchema<unknown, unknown>, {
      name: "a",
      children: [{ name: "b", children: [{ name: "c", nmae: "d" }] }],
    });
    expect(mistakes.map(mistakeText)).toEqual(['unknown key "children[0].children[0].nmae", did you mean "name"?']);
  });
});
