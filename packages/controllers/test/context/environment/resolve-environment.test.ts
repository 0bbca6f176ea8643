import type { ConfigMap, Container, EnvVarSource, Secret, Volume } from "@virtual-kubelet/kubernetes";
import { describe, expect, test } from "vitest";
import type { EnvironmentSources } from "../../../src/context/environment/environment-sources.ts";
import { resolveEnvironment } from "../../../src/context/environment/resolve-environment.ts";
import { podOf } from "../../pod-builder.ts";
import { goldenEnvironments, shownVariables } from "./golden-environment.ts";

const meta = { namespace: "default", name: "x", uid: "u" };
const canary = "s3cret ü";
const configMaps: Record<string, ConfigMap> = {
  settings: { metadata: meta, data: { COLOR: "blue", "bad=key": "1", "": "2", ü: "3" } },
};
const secrets: Record<string, Secret> = {
  keys: { metadata: meta, data: { TOKEN: Buffer.from(canary).toString("base64"), "bad=key": "" } },
  // The text, and then half of a character.
  binary: { metadata: meta, data: { KEY: Buffer.from(`${canary}\u{fc}`).subarray(0, -1).toString("base64") } },
};

interface Parts extends Partial<EnvironmentSources> {
  readonly volumes?: readonly Volume[];
}

async function resolve(container: Partial<Container>, { volumes = [], ...sources }: Parts = {}) {
  return resolveEnvironment({
    pod: podOf({ spec: { volumes } }),
    container: { name: "main", ...container },
    addresses: {},
    allocatable: {},
    configMap: async (name) => configMaps[name],
    secret: async (name) => secrets[name],
    services: async () => [],
    ...sources,
  });
}

async function failure(valueFrom: EnvVarSource, parts?: Parts): Promise<{ code?: string; message: string }> {
  const outcome = await resolve({ env: [{ name: "X", valueFrom }] }, parts).catch((error: unknown) => error);
  expect(outcome).toBeInstanceOf(Error);
  return outcome as Error & { code?: string };
}

describe("the environment of a container", () => {
  test.each(goldenEnvironments())("$about", async ({ sources, text }) => {
    const { variables, skipped } = await resolveEnvironment(sources);
    expect(shownVariables(variables)).toBe(text);
    expect(skipped).toEqual([]);
  });

  test("leaves out what no variable can be named, and says so once for each object", async () => {
    const envFrom = [{ prefix: "P_", configMapRef: { name: "settings" } }, { secretRef: { name: "keys" } }];
    const { variables, skipped } = await resolve({ envFrom });
    expect(variables.map(({ name }) => name)).toEqual(["P_", "P_COLOR", "TOKEN"]);
    expect(skipped).toEqual([
      "Keys [P_bad=key, P_ü] from the EnvFrom configMap default/settings were skipped since they are considered invalid environment variable names.",
      "Keys [bad=key] from the EnvFrom secret default/keys were skipped since they are considered invalid environment variable names.",
    ]);
  });

  test.each([
    [{ configMapKeyRef: { name: "none", key: "k" } }, 'configmap "none" not found'],
    [{ configMapKeyRef: { name: "", key: "k" } }, 'configmap "" not found'],
    [{ configMapKeyRef: { name: "settings", key: "k" } }, "couldn't find key k in ConfigMap default/settings"],
    [
      { configMapKeyRef: { name: "settings", key: "constructor" } },
      "couldn't find key constructor in ConfigMap default/settings",
    ],
    [{ secretKeyRef: { name: "none", key: "k" } }, 'secret "none" not found'],
    [{ secretKeyRef: { name: "keys", key: "k" } }, "couldn't find key k in Secret default/keys"],
  ] as const)("needs what %j refers to unless it is optional", async (valueFrom, message) => {
    expect(await failure(valueFrom)).toMatchObject({ code: "ConfigMissing", message });
    const [[kind, reference]] = Object.entries(valueFrom) as [[string, object]];
    const env = [{ name: "X", valueFrom: { [kind]: { ...reference, optional: true } } }];
    expect(await resolve({ env })).toEqual({ variables: [], skipped: [] });
  });

  test.each([
    [{ configMapRef: { name: "none" } }, 'configmap "none" not found'],
    [{ secretRef: { name: "none" } }, 'secret "none" not found'],
  ])("needs the object of envFrom %j unless it is optional", async (source, message) => {
    await expect(resolve({ envFrom: [source] })).rejects.toMatchObject({ code: "ConfigMissing", message });
    const [[kind, reference]] = Object.entries(source) as [[string, object]];
    const envFrom = [{ [kind]: { ...reference, optional: true } }];
    expect(await resolve({ envFrom })).toEqual({ variables: [], skipped: [] });
  });

  test("takes each object as it was when it was first asked for, also when it was not there", async () => {
    let asked = 0;
    const configMap = async (): Promise<ConfigMap | undefined> => (asked++ === 0 ? undefined : configMaps["settings"]);
    const reference = { name: "late", optional: true };
    const env = [{ name: "X", valueFrom: { configMapKeyRef: { ...reference, key: "COLOR" } } }];
    expect(await resolve({ envFrom: [{ configMapRef: reference }], env }, { configMap })).toMatchObject({
      variables: [],
    });
    expect(asked).toBe(1);
  });

  test("is not given a secret that is no text, of which nothing is said", async () => {
    const message =
      "The value of key KEY in Secret default/binary is not UTF-8 text, which an environment variable has to be; mount it as a file";
    expect(await failure({ secretKeyRef: { name: "binary", key: "KEY" } })).toMatchObject({
      code: "InvalidInput",
      message,
    });
    await expect(resolve({ envFrom: [{ secretRef: { name: "binary" } }] })).rejects.toMatchObject({ message });
  });

  test("does not grow without end, however variables mention each other", async () => {
    const doubled = Array.from({ length: 60 }, (_, index) => ({
      name: `V${index + 1}`,
      value: `$(V${index})$(V${index})`,
    }));
    const env = [{ name: "V0", valueFrom: { secretKeyRef: { name: "keys", key: "TOKEN" } } }, ...doubled];
    const error = (await resolve({ env }).catch((reason: unknown) => reason)) as Error;
    expect(error).toMatchObject({ code: "InvalidInput" });
    expect(error.message).toMatch(/^The environment would be larger than 6 MiB with the variable "V\d+"/);
    expect(error.message).not.toContain(canary);
  });

  test("refuses a source that it does not know, and an older version of a pod's fields", async () => {
    expect(await failure({ newKeyRef: {} } as object)).toMatchObject({ code: "Unsupported" });
    expect(await failure({ fieldRef: { apiVersion: "v0", fieldPath: "metadata.name" } })).toMatchObject({
      code: "InvalidInput",
      message: "unsupported pod version: v0",
    });
  });
});

test("a pod without volumes takes no variable from a file", async () => {
  expect(await failure({ fileKeyRef: { volumeName: "out", path: "a", key: "A" } })).toMatchObject({
    code: "InvalidInput",
    message: 'cannot find the volume "out" referenced by FileKeyRef',
  });
});
