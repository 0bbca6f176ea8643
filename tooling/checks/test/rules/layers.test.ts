import { expect, test } from "vitest";
import { layers } from "../../src/rules/layers.ts";
import { violations } from "../fixture.ts";

const manifests = {
  "packages/kubernetes/package.json": { name: "@virtual-kubelet/kubernetes", dependencies: { undici: "catalog:" } },
  "packages/provider/package.json": {
    name: "@virtual-kubelet/provider",
    dependencies: { "@virtual-kubelet/kubernetes": "workspace:^" },
  },
  "packages/provider-cloud/package.json": { name: "@virtual-kubelet/provider-cloud" },
  "apps/agent/package.json": {
    name: "@virtual-kubelet/agent",
    dependencies: { "@virtual-kubelet/provider": "workspace:^" },
  },
};

test("passes what points down, is declared, builtin or relative", async () => {
  const found = await violations(layers, {
    ...manifests,
    "packages/kubernetes/src/client.ts":
      'import { Agent } from "undici";\nimport { join } from "node:path";\nimport { a } from "./a.ts";',
    "packages/kubernetes/test/client.test.ts": 'import { test } from "vitest";\nimport { a } from "../src/a.ts";',
    "packages/provider/src/provider.ts": 'import type { Pod } from "@virtual-kubelet/kubernetes";',
    "apps/agent/src/load.ts": "const load = (name: string) => import(`@virtual-kubelet/provider-${name}`);",
  });
  expect(found).toEqual([]);
});

test.each([
  ["a static import", 'import { provider } from "@virtual-kubelet/provider";'],
  ["a type import", 'import type { Provider } from "@virtual-kubelet/provider";'],
  ["a re-export", 'export { provider } from "@virtual-kubelet/provider/entry";'],
  ["a dynamic import", 'const provider = await import("@virtual-kubelet/provider");'],
  ["an import type", 'type P = import("@virtual-kubelet/provider").Provider;'],
  ["a resolution", 'const url = import.meta.resolve("@virtual-kubelet/provider");'],
])("finds %s that points up, in tests too", async (_, line) => {
  const found = await violations(layers, { ...manifests, "packages/kubernetes/test/deep/x.test.ts": `\n${line}` });
  expect(found).toEqual([
    expect.stringMatching(
      /^packages\/kubernetes\/test\/deep\/x\.test\.ts:2 packages\/kubernetes may not know packages\/provider /,
    ),
  ]);
});

test.each(["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"])(
  "finds %s that point up",
  async (kind) => {
    const manifest = { name: "@virtual-kubelet/kubernetes", [kind]: { "@virtual-kubelet/provider": "workspace:^" } };
    const found = await violations(layers, { ...manifests, "packages/kubernetes/package.json": manifest });
    expect(found).toEqual([
      expect.stringContaining("packages/kubernetes/package.json:4 packages/kubernetes may not know packages/provider"),
    ]);
  },
);

test.each([
  ["an undeclared package", 'import ws from "ws";', "ws is not declared"],
  ["a file of another package", 'import "../../provider/src/provider.ts";', "is outside packages/kubernetes"],
  ["a builtin without its prefix", 'import "fs";', 'Import "node:fs"'],
])("finds %s", async (_, line, message) => {
  const found = await violations(layers, { ...manifests, "packages/kubernetes/src/x.ts": line });
  expect(found).toEqual([expect.stringContaining(message)]);
});

test("finds another package's sources imported by name", async () => {
  const found = await violations(layers, {
    ...manifests,
    "packages/provider/src/x.ts": 'import "@virtual-kubelet/kubernetes/src/client.ts";',
  });
  expect(found).toEqual([expect.stringContaining("not a file of its sources")]);
});

test("finds a development dependency that published code imports", async () => {
  const found = await violations(layers, {
    "packages/kubernetes/package.json": { name: "@virtual-kubelet/kubernetes", devDependencies: { ws: "catalog:" } },
    "packages/kubernetes/src/x.ts": 'import ws from "ws";',
    "packages/kubernetes/test/x.test.ts": 'import ws from "ws";',
  });
  expect(found).toEqual([expect.stringMatching(/^packages\/kubernetes\/src\/x\.ts:1 .* add it to dependencies/)]);
});

test("finds a provider that the agent knows by name", async () => {
  const found = await violations(layers, {
    ...manifests,
    "apps/agent/src/x.ts": 'const fallback = "@virtual-kubelet/provider-cloud";',
  });
  expect(found).toEqual([expect.stringContaining("Names the provider @virtual-kubelet/provider-cloud")]);
});

test("finds a package without a layer", async () => {
  const found = await violations(layers, { "packages/new/package.json": { name: "@virtual-kubelet/new" } });
  expect(found).toEqual([expect.stringContaining("packages/new has no layer yet")]);
});
