import type { StandardSchemaV1 } from "@standard-schema/spec";
import { describe, expect, expectTypeOf, test } from "vitest";
import { type Provider, type ProviderContext, defineProvider, silentLogger } from "../src/index.ts";

const schema: StandardSchemaV1<{ size: number | string }, { size: number }> = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate(value) {
      const size = Number((value as { size: unknown }).size);
      return Number.isInteger(size)
        ? { value: { size } }
        : { issues: [{ message: "is no whole number", path: ["size"] }] };
    },
  },
};

const four: Provider = { createPod() {}, deletePod() {}, getPod: () => undefined, getPods: () => [] };
const context = { nodeName: "edge", logger: silentLogger } as ProviderContext;

describe("defineProvider", () => {
  test("gives a function that carries name, schema and version of the contract", async () => {
    const made: { size: number; nodeName: string }[] = [];
    const barn = defineProvider({
      name: "barn",
      schema,
      create: ({ size }, { nodeName }) => (made.push({ size, nodeName }), four),
    });
    expect({ ...barn }).toEqual({ providerName: "barn", schema, apiVersion: 1 });
    expect(await barn({ size: "4" })(context)).toBe(four);
    expect(made).toEqual([{ size: 4, nodeName: "edge" }]);
  });

  test("carries what says what a pod would become", async () => {
    const barn = defineProvider({
      name: "barn",
      schema,
      create: () => four,
      translate: ({ metadata }, { size }) => ({ documents: [{ name: metadata.name, content: size }], notes: [] }),
    });
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { namespace: "a", name: "b", uid: "c" },
      spec: { containers: [] },
    };
    expect(await barn.translate?.(pod, { size: 4 })).toEqual({ documents: [{ name: "b", content: 4 }], notes: [] });
  });

  test("says which option is wrong", async () => {
    const barn = defineProvider({ name: "barn", schema, create: () => four });
    await expect(barn({ size: "x" })(context)).rejects.toMatchObject({
      code: "InvalidInput",
      message: 'The options of provider "barn" are not valid: size: is no whole number',
    });
  });
});

test("four methods make a provider, and three do not", () => {
  expectTypeOf<Pick<Provider, "createPod" | "deletePod" | "getPod" | "getPods">>().toExtend<Provider>();
  expectTypeOf<Pick<Provider, "createPod" | "deletePod" | "getPod">>().not.toExtend<Provider>();
});
