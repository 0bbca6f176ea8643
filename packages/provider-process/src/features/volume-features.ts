import type { Pod } from "@virtual-kubelet/kubernetes";
import {
  type PodVolume,
  type RemoteKind,
  containersOf,
  ignored,
  podVolume,
  refused,
} from "@virtual-kubelet/pod-toolkit";
import type { PodFeatureRow, PodFeatures } from "@virtual-kubelet/provider";
import { isAllowedHostPath } from "../volumes/host-path.ts";

/** The volume that the API server adds to every pod for its service account's token. */
const tokenVolume = /^kube-api-access-/;

export interface VolumeFeatureOptions {
  readonly allowHostPath: readonly string[];
  /** Whether this host keeps a file system in memory. */
  readonly hasMemory: boolean;
  /** Whether one of a size can be made for a volume: that takes root. */
  readonly isRoot: boolean;
}

/** Where containers have no views: nothing can be mounted. */
export function withoutVolumes(whatToDo: string): PodFeatures {
  const mounts = (pod: Pod, isToken: boolean) =>
    containersOf(pod).some(({ volumeMounts = [] }) =>
      volumeMounts.some(({ name }) => tokenVolume.test(name) === isToken),
    );
  return [
    refused({
      field: "spec.containers[*].volumeMounts",
      reason: `volumes are mounted in root views, which this node does not have: ${whatToDo}`,
      asks: (pod) => mounts(pod, false),
    }),
    ignored({
      field: "service account token",
      reason: `the token's volume is not mounted, for want of root views (${whatToDo}); set \`automountServiceAccountToken: false\` to do without it`,
      asks: (pod) => mounts(pod, true),
    }),
  ];
}

/** Where containers have views: what the node makes itself is mounted. */
export function volumeFeatures({ allowHostPath, hasMemory, isRoot }: VolumeFeatureOptions): PodFeatures {
  const allowed = allowHostPath.length > 0 ? `only what is below ${allowHostPath.join(", ")} may be` : "none may be";
  return [
    refused({
      field: "spec.volumes[*].hostPath",
      reason: `paths of the host are not mounted: ${allowed}, by the provider's option \`allowHostPath\``,
      asks: (pod) =>
        mounted(pod).some(
          (volume) =>
            volume.type === "remote" &&
            volume.kind === "hostPath" &&
            !isAllowedHostPath(volume.source.path, allowHostPath),
        ),
    }),
    ...remoteRows,
    ...emptyDirRows(hasMemory, isRoot),
    refused({
      field: "spec.containers[*].volumeMounts[*].mountPropagation",
      reason: "what a container mounts is seen by nobody else: `Bidirectional` cannot be given",
      asks: (pod) =>
        containersOf(pod).some(({ volumeMounts = [] }) =>
          volumeMounts.some(({ mountPropagation }) => mountPropagation === "Bidirectional"),
        ),
    }),
  ];
}

function emptyDirRows(hasMemory: boolean, isRoot: boolean): PodFeatures {
  return [
    refused({
      field: "spec.volumes[*].emptyDir.medium",
      reason: hasMemory ? "huge pages are not mounted" : "this host has no tmpfs at /dev/shm to keep them in memory",
      asks: (pod) =>
        mounted(pod).some(
          (volume) =>
            volume.type === "emptyDir" &&
            (volume.medium.startsWith("Huge") || (volume.medium === "Memory" && !hasMemory)),
        ),
    }),
    ignored({
      field: "spec.volumes[*].emptyDir.sizeLimit",
      reason: "how much is written is not measured",
      asks: (pod) =>
        mounted(pod).some(
          (volume) =>
            volume.type === "emptyDir" &&
            volume.sizeLimitBytes !== undefined &&
            !(isRoot && volume.medium === "Memory"),
        ),
    }),
  ];
}

const needsDriver = "it needs a driver, and this node runs none";
const needsClient = "the node does not mount file systems of other hosts";
const needsDevice = "the node does not attach devices";

/** Why a volume cannot be mounted; hostPath has its own row. */
const remoteReasons: Readonly<Record<Exclude<RemoteKind, "hostPath">, string>> = {
  persistentVolumeClaim: "what a claim is bound to needs a driver, and this node runs none",
  ephemeral: "what its claim is bound to needs a driver, and this node runs none",
  csi: needsDriver,
  flexVolume: needsDriver,
  flocker: needsDriver,
  image: "this node pulls no images",
  gitRepo: "a repository is to be cloned by an init container, as Kubernetes advises",
  nfs: needsClient,
  azureFile: needsClient,
  cephfs: needsClient,
  glusterfs: needsClient,
  quobyte: needsClient,
  awsElasticBlockStore: needsDevice,
  azureDisk: needsDevice,
  cinder: needsDevice,
  fc: needsDevice,
  gcePersistentDisk: needsDevice,
  iscsi: needsDevice,
  photonPersistentDisk: needsDevice,
  portworxVolume: needsDevice,
  rbd: needsDevice,
  scaleIO: needsDevice,
  storageos: needsDevice,
  vsphereVolume: needsDevice,
};

const remoteRows: readonly PodFeatureRow[] = Object.entries(remoteReasons).map(([kind, reason]) =>
  refused({
    field: `spec.volumes[*].${kind}`,
    reason,
    asks: (pod) => mounted(pod).some((volume) => volume.type === "remote" && volume.kind === kind),
  }),
);

/** The volumes that a container mounts: of others nothing is asked. */
function mounted(pod: Pod): readonly PodVolume[] {
  const names = new Set(containersOf(pod).flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name)));
  return (pod.spec.volumes ?? []).filter(({ name }) => names.has(name)).map((volume) => podVolume(volume));
}
