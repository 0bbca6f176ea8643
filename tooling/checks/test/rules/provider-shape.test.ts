import { expect, test } from "vitest";
import { providerShape } from "../../src/rules/provider-shape.ts";
import { violations } from "../fixture.ts";

const cloud = Object.fromEntries(
  [
    "package.json",
    "src/index.ts",
    "src/provider.ts",
    "src/options.ts",
    "src/client.ts",
    "src/task-from-pod.ts",
    "src/pod-from-task.ts",
  ]
    .concat("test/conformance.test.ts", "test/fake-cloud.ts")
    .map((path) => [`packages/provider-cloud/${path}`, "{}"]),
);
const testkit = { "packages/provider-testkit/package.json": "{}" };

test("passes a provider that has every file", async () => {
  expect(await violations(providerShape, { ...cloud, ...testkit })).toEqual([]);
});

test("finds every file that a provider lacks", async () => {
  const found = await violations(providerShape, { "packages/provider-cloud/package.json": "{}", ...testkit });
  expect(found).toHaveLength(8);
  expect(found).toContain("packages/provider-cloud lacks src/client.ts, the calls to its backend.");
});

test("asks for no fake backend where there is no backend", async () => {
  const found = await violations(providerShape, { "packages/provider-mock/package.json": "{}" });
  expect(found.join()).not.toMatch(/client|-from-|fake/);
});
