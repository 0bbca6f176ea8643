import type { Container, Pod, Volume } from "@virtual-kubelet/kubernetes";
import type { Translation, Variable, VolumeFile, VolumeFiles } from "@virtual-kubelet/provider";
import { nomadFeatures } from "./features.ts";
import { hostAddress, podAddress } from "./job/environment/interpolation.ts";
import { jobFromPod, materialNeeds } from "./job-from-pod.ts";
import type { ResolvedNomadOptions } from "./options.ts";

/**
 * A pod's job as it would be registered, without a look at any server or cluster: what a cluster has to add stands as `<…>`, and of what is
 * secret there are the names.
 */
export function translatePod(pod: Pod, options: ResolvedNomadOptions): Translation {
  const named = withIdentity(pod);
  const { containers, volumes } = materialNeeds(named, options);
  const { job, variables, notes } = jobFromPod(named, {
    options,
    owner: { clusterId: "<cluster>", nodeName: "<node>" },
    revision: "<revision>",
    environments: new Map(containers.map((name) => [name, environmentOf(named, name)])),
    volumes: new Map(
      volumes.map((name) => [name, filesOf(named.spec.volumes?.find((volume) => volume.name === name))]),
    ),
    credentials: new Map(),
  });
  const stored = variables.map(({ Path, Items }) => ({ Path, Items: Object.keys(Items).filter((key) => key !== "_") }));
  return {
    documents: [
      { name: `job ${job.ID}`, content: job },
      ...stored.map((variable) => ({ name: `variable ${variable.Path}, the names of its items`, content: variable })),
    ],
    notes: ["the job's ID depends on the cluster, the node and the pod's UID", ...notes, ...missing(named)],
    features: nomadFeatures(options),
  };
}

/** What the API server would add. */
function withIdentity(pod: Pod): Pod {
  const { namespace = "default", name = "pod", uid = "<uid>" } = pod.metadata as Partial<Pod["metadata"]>;
  return { ...pod, metadata: { ...pod.metadata, namespace, name, uid } };
}

function environmentOf({ spec }: Pod, name: string): readonly Variable[] {
  const container = [...(spec.initContainers ?? []), ...spec.containers].find((each) => each.name === name);
  return (container?.env ?? []).map((variable) => ({ name: variable.name, ...valueOf(variable) }));
}

function valueOf({ value, valueFrom }: NonNullable<Container["env"]>[number]): Pick<Variable, "value" | "sensitive"> {
  const { fieldRef, secretKeyRef, configMapKeyRef, resourceFieldRef } = valueFrom ?? {};
  if (secretKeyRef) return { value: `<Secret ${secretKeyRef.name}, ${secretKeyRef.key}>`, sensitive: true };
  if (configMapKeyRef) return plain(`<ConfigMap ${configMapKeyRef.name}, ${configMapKeyRef.key}>`);
  if (resourceFieldRef) return plain(`<${resourceFieldRef.resource}>`);
  if (!fieldRef) return plain(value ?? "");
  if (/^status\.podIPs?$/.test(fieldRef.fieldPath)) return plain(podAddress);
  return plain(/^status\.hostIPs?$/.test(fieldRef.fieldPath) ? hostAddress : `<${fieldRef.fieldPath}>`);
}

function plain(value: string): Pick<Variable, "value" | "sensitive"> {
  return { value, sensitive: false };
}

/** Files whose names the pod says; the others have one that stands for them all. */
function filesOf(volume: Volume | undefined): VolumeFiles {
  const { configMap, secret, downwardAPI, projected } = volume ?? {};
  return {
    files: [
      ...keysOf(configMap, false),
      ...keysOf(secret, true),
      ...keysOf(downwardAPI, false),
      ...(projected?.sources ?? []).flatMap((source) => [
        ...keysOf(source.configMap, false),
        ...keysOf(source.secret, true),
        ...keysOf(source.downwardAPI, false),
        ...(source.serviceAccountToken ? [fileOf(source.serviceAccountToken.path, true)] : []),
      ]),
    ],
  };
}

interface FileSource {
  readonly items?: readonly { readonly path: string }[];
}

function keysOf(source: FileSource | undefined, sensitive: boolean): readonly VolumeFile[] {
  if (!source) return [];
  return source.items ? source.items.map(({ path }) => fileOf(path, sensitive)) : [fileOf("<each key>", sensitive)];
}

function fileOf(path: string, sensitive: boolean): VolumeFile {
  return { path, content: Buffer.from(`<${path}>`), mode: 0o644, sensitive };
}

function missing({ spec }: Pod): readonly string[] {
  const sources = [...(spec.initContainers ?? []), ...spec.containers].flatMap(({ name, envFrom = [] }) =>
    envFrom.map(({ configMapRef, secretRef }) => ({
      name,
      source: configMapRef ? `ConfigMap ${configMapRef.name}` : `Secret ${secretRef?.name}`,
    })),
  );
  return [
    "the variables of the namespace's Services are added, unless enableServiceLinks is false",
    ...sources.map(({ name, source }) => `container "${name}": the variables of ${source} are added`),
  ];
}
