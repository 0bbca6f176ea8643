import type { ConfigMap, Secret, Volume } from "@virtual-kubelet/kubernetes";
import { ProviderError } from "@virtual-kubelet/provider";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { resolveVolume } from "../../../src/context/volumes/resolve-volume.ts";
import type { VolumeSources } from "../../../src/context/volumes/volume-sources.ts";
import { podOf } from "../../pod-builder.ts";

const metadata = { namespace: "default", name: "x", uid: "u" };
const base64 = (text: string | Uint8Array) => Buffer.from(text).toString("base64");
const bytes = new Uint8Array([0, 255, 10]);
const configMaps: Record<string, ConfigMap> = {
  settings: { metadata, data: { colour: "blue", size: "ü" }, binaryData: { logo: base64(bytes) } },
  empty: { metadata },
};
const secrets: Record<string, Secret> = { keys: { metadata, data: { key: base64("s3cret"), raw: base64(bytes) } } };

const pod = podOf({
  metadata: { labels: { app: "web" }, annotations: { b: "2", a: 'one "1"' } },
  spec: {
    securityContext: { runAsUser: 7 },
    containers: [{ name: "main", resources: { limits: { memory: "128Mi" }, requests: { cpu: "250m" } } }],
  },
});

const sources: VolumeSources = {
  pod,
  allocatable: { cpu: "4", memory: "8Gi" },
  configMap: async (name) => configMaps[name],
  secret: async (name) => secrets[name],
  token: async (request) => ({ token: JSON.stringify(request), expiresAt: new Date(0) }),
};

/** `path mode uid sensitive: content` */
async function filesOf(volume: Omit<Volume, "name">, given: Partial<VolumeSources> = {}): Promise<readonly string[]> {
  const { files } = await resolveVolume({ name: "v", ...volume }, { ...sources, ...given });
  return files.map(({ path, mode, uid, sensitive, content }) => {
    const marks = [uid === undefined ? [] : `uid=${uid}`, sensitive ? "sensitive" : []].flat();
    const text = Buffer.from(content).equals(bytes) ? "<bytes>" : Buffer.from(content).toString();
    return `${path} ${[mode.toString(8), ...marks].join(" ")}: ${text}`;
  });
}

interface Golden {
  readonly what: string;
  readonly volume: Omit<Volume, "name">;
  readonly files: readonly string[];
}

const golden: readonly Golden[] = [
  {
    what: "a ConfigMap, each key a file",
    volume: { configMap: { name: "settings" } },
    files: ["colour 644: blue", "logo 644: <bytes>", "size 644: ü"],
  },
  {
    what: "some keys of a ConfigMap, where they are asked for",
    volume: {
      configMap: {
        name: "settings",
        defaultMode: 0o400,
        items: [
          { key: "logo", path: "img/logo.png" },
          { key: "colour", path: "a/./colour", mode: 0o640 },
          { key: "colour", path: "b" },
        ],
      },
    },
    files: ["a/colour 640: blue", "b 400: blue", "img/logo.png 400: <bytes>"],
  },
  { what: "a ConfigMap without keys", volume: { configMap: { name: "empty" } }, files: [] },
  { what: "an optional ConfigMap that is missing", volume: { configMap: { name: "none", optional: true } }, files: [] },
  {
    what: "an optional ConfigMap that lacks a key",
    volume: {
      configMap: {
        name: "settings",
        optional: true,
        items: [
          { key: "none", path: "none" },
          { key: "size", path: "size" },
        ],
      },
    },
    files: ["size 644: ü"],
  },
  {
    what: "a Secret",
    volume: { secret: { secretName: "keys", defaultMode: 0o400 } },
    files: ["key 400 sensitive: s3cret", "raw 400 sensitive: <bytes>"],
  },
  {
    what: "some keys of a Secret",
    volume: { secret: { secretName: "keys", items: [{ key: "key", path: "deep/er/key", mode: 0o444 }] } },
    files: ["deep/er/key 444 sensitive: s3cret"],
  },
  { what: "an optional Secret that is missing", volume: { secret: { secretName: "none", optional: true } }, files: [] },
  {
    what: "the downward API",
    volume: {
      downwardAPI: {
        defaultMode: 0o440,
        items: [
          { path: "labels", fieldRef: { fieldPath: "metadata.labels" } },
          { path: "annotations", fieldRef: { fieldPath: "metadata.annotations" }, mode: 0o400 },
          { path: "who/name", fieldRef: { fieldPath: "metadata.name" } },
          { path: "who/app", fieldRef: { fieldPath: "metadata.labels['app']" } },
          { path: "cpu", resourceFieldRef: { containerName: "main", resource: "requests.cpu", divisor: "1m" } },
          { path: "cpus", resourceFieldRef: { containerName: "main", resource: "limits.cpu" } },
          { path: "memory", resourceFieldRef: { containerName: "main", resource: "limits.memory", divisor: "1Mi" } },
        ],
      },
    },
    files: [
      'annotations 400: a="one \\"1\\""\nb="2"',
      "cpu 440: 250",
      "cpus 440: 4",
      'labels 440: app="web"',
      "memory 440: 128",
      "who/app 440: web",
      "who/name 440: web",
    ],
  },
  {
    what: "what each pod has: a token, certificates and its namespace",
    volume: {
      projected: {
        defaultMode: 0o644,
        sources: [
          { serviceAccountToken: { path: "token", expirationSeconds: 3607, audience: "vault" } },
          { configMap: { name: "settings", items: [{ key: "colour", path: "ca.crt" }] } },
          { downwardAPI: { items: [{ path: "namespace", fieldRef: { fieldPath: "metadata.namespace" } }] } },
        ],
      },
    },
    files: [
      "ca.crt 644: blue",
      "namespace 644: default",
      'token 600 uid=7 sensitive: {"expirationSeconds":3607,"audience":"vault"}',
    ],
  },
  {
    what: "several sources, of which the last that has a path gives it",
    volume: {
      projected: {
        defaultMode: 0o444,
        sources: [
          { configMap: { name: "settings", items: [{ key: "colour", path: "x/a" }] } },
          { secret: { name: "keys", items: [{ key: "key", path: "x//a", mode: 0o400 }] } },
          { secret: { name: "none", optional: true } },
        ],
      },
    },
    files: ["x/a 400 sensitive: s3cret"],
  },
  { what: "a projection of nothing", volume: { projected: { sources: [] } }, files: [] },
];

test.each(golden)("a volume is made of $what", async ({ volume, files }) => {
  expect(await filesOf(volume)).toEqual(files);
});

const item = (key: string, path = key) => [{ key, path }];
const failures: readonly (readonly [code: string, message: string, volume: Omit<Volume, "name">])[] = [
  ["ConfigMissing", 'configmap "none" not found', { configMap: { name: "none" } }],
  ["ConfigMissing", 'secret "none" not found', { secret: { secretName: "none" } }],
  [
    "ConfigMissing",
    "configmap references non-existent config key: none",
    { configMap: { name: "settings", items: item("none") } },
  ],
  [
    "ConfigMissing",
    "references non-existent secret key: none",
    { secret: { secretName: "keys", items: item("none") } },
  ],
  [
    "ConfigMissing",
    '[configmap "none" not found, secret "none" not found]',
    {
      projected: {
        sources: [
          { configMap: { name: "none" } },
          { secret: { name: "none" } },
          { configMap: { name: "none" } },
          { secret: { name: "keys" } },
        ],
      },
    },
  ],
  [
    "Unsupported",
    '[configmap "none" not found, this node projects no ClusterTrustBundle; project a ConfigMap that holds the certificates]',
    { projected: { sources: [{ configMap: { name: "none" } }, { clusterTrustBundle: { path: "ca", name: "b" } }] } },
  ],
  [
    "Unsupported",
    "this node asks for no certificates for pods; project a service account token, or a Secret",
    { projected: { sources: [{ podCertificate: { keyType: "ED25519", signerName: "s" } }] } },
  ],
  [
    "InvalidInput",
    "unsupported fieldPath: spec.nodeName",
    { downwardAPI: { items: [{ path: "a", fieldRef: { fieldPath: "spec.nodeName" } }] } },
  ],
  [
    "InvalidInput",
    "invalid path: must not contain '..': a/../../b",
    { configMap: { name: "settings", items: item("colour", "a/../../b") } },
  ],
  [
    "InvalidInput",
    "invalid path: a/b would be in a, which is a file",
    {
      configMap: {
        name: "settings",
        items: [...item("colour", "a/b"), ...item("size", "a")],
      },
    },
  ],
  ["InvalidInput", "a volume of kind emptyDir has no contents that the cluster knows; its provider makes it", {}],
  [
    "InvalidInput",
    "a volume of kind hostPath has no contents that the cluster knows; its provider makes it",
    { hostPath: { path: "/" } },
  ],
];

test.each(failures)("a volume that cannot be made is %s: %s", async (code, message, volume) => {
  await expect(filesOf(volume)).rejects.toMatchObject({
    code,
    message: `MountVolume.SetUp failed for volume "v" : ${message}`,
  });
});

test("what the API server does not give decides, and how long it asked to be left alone", async () => {
  const configMap = async (): Promise<ConfigMap> => {
    throw new ProviderError("Unavailable", "not now", { retryAfterMs: 7 });
  };
  await expect(filesOf({ configMap: { name: "settings" } }, { configMap })).rejects.toMatchObject({
    code: "Unavailable",
    retryAfterMs: 7,
  });
  const projected = { sources: [{ secret: { name: "none" } }, { configMap: { name: "settings" } }] };
  await expect(filesOf({ projected }, { configMap })).rejects.toMatchObject({ code: "Unavailable" });
});

describe("whatever keys and paths an object has", () => {
  const part = fc.oneof(fc.constantFrom("..", ".", "", "..data", "a", "b", "\0"), fc.string());
  const path = fc.array(part, { maxLength: 4 }).map((parts) => parts.join("/"));

  test("no file is outside of its volume, and none is where a folder is", async () => {
    const volumes = fc.record({
      keys: fc.dictionary(path, fc.string(), { maxKeys: 4 }),
      items: fc.array(fc.record({ key: path, path }), { maxLength: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(volumes, async ({ keys, items }) => {
        const object: ConfigMap = { metadata, data: keys };
        const chosen = items.map((each, index) => ({ ...each, key: Object.keys(keys)[index] ?? each.key }));
        const volume = { name: "v", configMap: { name: "any", optional: true, items: chosen } };
        let paths: readonly string[];
        try {
          const { files } = await resolveVolume(volume, { ...sources, configMap: async () => object });
          paths = files.map((file) => file.path);
        } catch (error) {
          expect(error).toMatchObject({ code: "InvalidInput" });
          return;
        }
        for (const each of paths) {
          expect(each).not.toMatch(/^\/|^$|(^|\/)(\.|\.\.)?(\/|$)|^\.\.|\0/);
          expect(paths.filter((other) => other === each || other.startsWith(`${each}/`))).toEqual([each]);
        }
      }),
      { numRuns: 300 },
    );
  });
});
