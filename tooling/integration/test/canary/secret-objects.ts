import {
  type Draft,
  type KubernetesClient,
  type Pod,
  type PodSpec,
  type Secret,
  resources,
} from "@virtual-kubelet/kubernetes";
import { nodeName } from "../cluster-with-node.ts";
import { base64, secretOf } from "./canaries.ts";

const namespace = "default";

const registries = {
  auths: {
    "registry.example": {
      username: "reader",
      password: secretOf("pullSecret"),
      auth: base64(`reader:${secretOf("pullSecret")}`),
    },
  },
};

/** By its name: its type and its keys. */
const secrets: Readonly<Record<string, { readonly type?: string; readonly data: Readonly<Record<string, string>> }>> = {
  keys: {
    data: {
      TOKEN: secretOf("variable"),
      BINARY: `${secretOf("variable")}\xff`,
    },
  },
  all: { data: { KEY: secretOf("variables"), "odd=name": secretOf("variables"), "odd name": secretOf("variables") } },
  files: { data: { key: secretOf("volume"), binary: `${secretOf("volume")}\xff` } },
  projected: { data: { key: secretOf("projected") } },
  registry: { type: "kubernetes.io/dockerconfigjson", data: { ".dockerconfigjson": JSON.stringify(registries) } },
  "broken-registry": {
    type: "kubernetes.io/dockerconfigjson",
    data: { ".dockerconfigjson": `{"auths":{"registry.example":{"auth":"${secretOf("pullSecret")}" "password":` },
  },
  "odd-registry": {
    type: "kubernetes.io/dockerconfigjson",
    data: { ".dockerconfigjson": JSON.stringify({ auths: { "registry.example": { auth: secretOf("pullSecret") } } }) },
  },
  forbidden: { data: { key: secretOf("variable") } },
  damaged: { data: { key: secretOf("damaged") } },
};

export async function createSecrets(client: KubernetesClient): Promise<void> {
  for (const [name, { type = "Opaque", data }] of Object.entries(secrets)) {
    const encoded = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, base64(value)]));
    const draft: Draft<Secret> = { metadata: { namespace, name }, type, data: encoded };
    await client.create(resources.secrets, draft);
  }
  await client.create(resources.configMaps, { metadata: { namespace, name: "plain" }, data: { COLOR: "blue" } });
}

const fromKey = (name: string, key: string) => ({ valueFrom: { secretKeyRef: { name, key } } });
const volume = (name: string, source: object) => ({ name, ...source });

/** A pod that is given secrets in every way, and beside them what `change` says. */
export function secretPod(
  name: string,
  change: Partial<PodSpec> & { readonly env?: readonly object[] } = {},
): Draft<Pod> {
  const { env = [], ...spec } = change;
  const variables = [
    { name: "TOKEN", ...fromKey("keys", "TOKEN") },
    { name: "URL", value: "https://reader:$(TOKEN)@registry.example" },
    { name: "COLOR", valueFrom: { configMapKeyRef: { name: "plain", key: "COLOR" } } },
    ...env,
  ];
  return {
    metadata: { namespace, name },
    spec: {
      nodeName,
      terminationGracePeriodSeconds: 0,
      imagePullSecrets: [{ name: "registry" }],
      containers: [
        { name: "main", image: "registry.example/app:1", env: variables, envFrom: [{ secretRef: { name: "all" } }] },
      ],
      volumes: [
        volume("files", { secret: { secretName: "files" } }),
        volume("mixed", {
          projected: {
            sources: [
              { secret: { name: "projected" } },
              { configMap: { name: "plain" } },
              { serviceAccountToken: { path: "token", audience: "vault" } },
            ],
          },
        }),
      ],
      ...spec,
    } as PodSpec,
  };
}

/** Pods by their names, each of which fails in a way of its own, and the one that does not. */
export const lives: Readonly<Record<string, Parameters<typeof secretPod>[1]>> = {
  runs: {},
  "lacks-key": { env: [{ name: "OTHER", ...fromKey("keys", "none") }] },
  "lacks-secret": { env: [{ name: "OTHER", ...fromKey("none", "key") }] },
  "is-no-text": { env: [{ name: "BINARY", ...fromKey("keys", "BINARY") }] },
  "is-forbidden": { env: [{ name: "OTHER", ...fromKey("forbidden", "key") }] },
  "is-damaged": { env: [{ name: "OTHER", ...fromKey("damaged", "key") }] },
  "lacks-file": {
    volumes: [volume("files", { secret: { secretName: "files", items: [{ key: "none", path: "none" }] } })],
  },
  "lacks-volume": { volumes: [volume("files", { secret: { secretName: "none" } })] },
  "has-broken-registry": { imagePullSecrets: [{ name: "broken-registry" }] },
  "has-odd-registry": { imagePullSecrets: [{ name: "odd-registry" }] },
  "has-no-backend": {},
  "has-a-bug": {},
};

/** What each shows in the end: a waiting reason, or a phase. */
export const ends: Readonly<Record<string, string>> = {
  runs: "Running",
  "lacks-key": "CreateContainerConfigError",
  "lacks-secret": "CreateContainerConfigError",
  "is-no-text": "CreateContainerConfigError",
  "is-forbidden": "ProviderUnauthorized",
  "is-damaged": "ProviderUnavailable",
  "lacks-file": "CreateContainerConfigError",
  "lacks-volume": "CreateContainerConfigError",
  // As with a kubelet: the pull may succeed without.
  "has-broken-registry": "Running",
  "has-odd-registry": "Running",
  "has-no-backend": "ProviderUnavailable",
  "has-a-bug": "ProviderUnavailable",
};
