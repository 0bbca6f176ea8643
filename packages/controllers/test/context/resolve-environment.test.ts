import type { ConfigMap, Container, Secret } from "@virtual-kubelet/kubernetes";
import { describe, expect, test } from "vitest";
import { type EnvironmentSources, resolveEnvironment } from "../../src/context/resolve-environment.ts";
import { podOf } from "../pod-builder.ts";

const meta = { namespace: "default", name: "x", uid: "u" };
const configMaps: Record<string, ConfigMap> = { settings: { metadata: meta, data: { COLOR: "blue", "bad=key": "1" } } };
const secrets: Record<string, Secret> = {
  keys: { metadata: meta, data: { TOKEN: Buffer.from("s3cret ü").toString("base64") } },
};

const pod = podOf({
  metadata: { labels: { app: "web" }, annotations: { b: "2", a: 'one "1"' } },
  spec: { nodeName: "edge", serviceAccountName: "builder" },
});

async function resolve(container: Partial<Container>, sources: Partial<EnvironmentSources> = {}) {
  return resolveEnvironment({
    pod,
    container: { name: "main", ...container },
    addresses: {},
    allocatable: { cpu: "4", memory: "8Gi" },
    configMap: async (name) => configMaps[name],
    secret: async (name) => secrets[name],
    ...sources,
  });
}

async function values(
  container: Partial<Container>,
  sources: Partial<EnvironmentSources> = {},
): Promise<Record<string, string>> {
  const { variables } = await resolve(container, sources);
  return Object.fromEntries(variables.map(({ name, value }) => [name, value]));
}

describe("resolveEnvironment", () => {
  test("keeps the order, lets later ones overrule, and expands what came before", async () => {
    const env = [
      { name: "A", value: "1" },
      { name: "B", value: "$(A)-$(C)-$$(A)" },
      { name: "C", value: "3" },
      { name: "A", value: "$(A)1" },
      { name: "D" },
    ];
    expect(Object.entries(await values({ env }))).toEqual([
      ["A", "11"],
      ["B", "1-$(C)-$(A)"],
      ["C", "3"],
      ["D", ""],
    ]);
  });

  test("takes whole ConfigMaps and Secrets with a prefix, and says which keys no variable can be named", async () => {
    const envFrom = [{ prefix: "P_", configMapRef: { name: "settings" } }, { secretRef: { name: "keys" } }];
    expect(await resolve({ envFrom })).toEqual({
      variables: [
        { name: "P_COLOR", value: "blue", sensitive: false },
        { name: "TOKEN", value: "s3cret ü", sensitive: true },
      ],
      skipped: ["ConfigMap default/settings: P_bad=key"],
    });
  });

  test("marks what comes from a Secret, and what mentions it", async () => {
    const env = [
      { name: "KEY", valueFrom: { secretKeyRef: { name: "keys", key: "TOKEN" } } },
      { name: "URL", value: "https://me:$(KEY)@host" },
      { name: "PLAIN", value: "x" },
    ];
    const { variables } = await resolve({ env });
    expect(variables.map(({ name, sensitive }) => [name, sensitive])).toEqual([
      ["KEY", true],
      ["URL", true],
      ["PLAIN", false],
    ]);
  });

  test.each([
    ["configMapKeyRef", { configMapKeyRef: { name: "none", key: "k" } }, 'configmap "none" not found'],
    [
      "configMapKeyRef",
      { configMapKeyRef: { name: "settings", key: "k" } },
      "couldn't find key k in ConfigMap default/settings",
    ],
    ["secretKeyRef", { secretKeyRef: { name: "none", key: "k" } }, 'secret "none" not found'],
    ["secretKeyRef", { secretKeyRef: { name: "keys", key: "k" } }, "couldn't find key k in Secret default/keys"],
  ])("says in kubelet's words what a %s lacks, unless it is optional", async (kind, valueFrom, message) => {
    const env = [{ name: "X", valueFrom }];
    await expect(resolve({ env })).rejects.toMatchObject({ code: "ConfigMissing", message });
    const [[, reference]] = Object.entries(valueFrom) as [[string, object]];
    expect(await values({ env: [{ name: "X", valueFrom: { [kind]: { ...reference, optional: true } } }] })).toEqual({});
  });

  test.each([
    [{ configMapRef: { name: "none" } }, 'configmap "none" not found'],
    [{ secretRef: { name: "none" } }, 'secret "none" not found'],
  ])("needs the objects of envFrom %j unless they are optional", async (source, message) => {
    await expect(resolve({ envFrom: [source] })).rejects.toMatchObject({ code: "ConfigMissing", message });
    const [[kind, reference]] = Object.entries(source) as [[string, object]];
    expect(await values({ envFrom: [{ [kind]: { ...reference, optional: true } }] })).toEqual({});
  });

  test.each([
    ["metadata.name", "web"],
    ["metadata.namespace", "default"],
    ["metadata.uid", "uid-1"],
    ["metadata.labels['app']", "web"],
    ["metadata.labels['none']", ""],
    ["metadata.annotations['b']", "2"],
    ["metadata.labels", 'app="web"'],
    ["metadata.annotations", 'a="one \\"1\\""\nb="2"'],
    ["spec.nodeName", "edge"],
    ["spec.serviceAccountName", "builder"],
    ["status.podIP", "10.0.0.1"],
    ["status.podIPs", "10.0.0.1,fd00::1"],
    ["status.hostIP", "192.0.2.1"],
  ])("gives the field %s", async (fieldPath, expected) => {
    const addresses = { podIPs: ["10.0.0.1", "fd00::1"], hostIPs: ["192.0.2.1"] };
    expect(await values({ env: [{ name: "X", valueFrom: { fieldRef: { fieldPath } } }] }, { addresses })).toEqual({
      X: expected,
    });
  });

  test("waits for an address that is not known yet, and refuses a field that is not offered", async () => {
    const reference = (fieldPath: string) => resolve({ env: [{ name: "X", valueFrom: { fieldRef: { fieldPath } } }] });
    await expect(reference("status.podIP")).rejects.toMatchObject({ code: "ConfigMissing" });
    await expect(reference("spec.priority")).rejects.toMatchObject({ code: "InvalidInput" });
    await expect(reference("constructor")).rejects.toMatchObject({ code: "InvalidInput" });
  });

  test.each([
    ["limits.cpu", undefined, "1"],
    ["limits.cpu", "1m", "500"],
    ["requests.cpu", "1m", "250"],
    ["limits.memory", "1Mi", "128"],
    ["limits.memory", "0", "134217728"],
    ["requests.memory", "1Mi", "0"],
    ["limits.ephemeral-storage", undefined, "0"],
  ])("gives the resource %s in units of %s, rounded up", async (resource, divisor, expected) => {
    const container = {
      name: "main",
      resources: { limits: { cpu: "500m", memory: "128Mi" }, requests: { cpu: "250m" } },
    };
    const env = [{ name: "X", valueFrom: { resourceFieldRef: { resource, ...(divisor ? { divisor } : {}) } } }];
    expect(await values({ env }, { pod: podOf({ spec: { containers: [container] } }) })).toEqual({ X: expected });
  });

  test("takes what the node can give for a limit that is not set", async () => {
    expect(
      await values({
        env: [{ name: "X", valueFrom: { resourceFieldRef: { resource: "limits.memory", divisor: "1Gi" } } }],
      }),
    ).toEqual({ X: "8" });
  });

  test("refuses a source that it does not know instead of leaving the variable out", async () => {
    const env = [{ name: "X", valueFrom: { fileKeyRef: { volumeName: "v", path: "p", key: "k" } } }];
    await expect(resolve({ env })).rejects.toMatchObject({ code: "Unsupported" });
  });
});
