import type { Volume } from "@virtual-kubelet/kubernetes";
import type { RemoteKind } from "../../volumes/pod-volume.ts";
import { type FieldRule, inVolumes } from "./field-rule.ts";

/** The volumes that containers mount, by where they come from. */
export type VolumeFieldName =
  /** The volume that the API server adds to every pod for the token of its service account; `projected` leaves it out. */
  | "spec.automountServiceAccountToken"
  | `spec.volumes[*].${
      | "configMap"
      | "downwardAPI"
      | "emptyDir"
      | "emptyDir.medium=HugePages"
      | "emptyDir.medium=Memory"
      | "emptyDir.sizeLimit"
      | "projected"
      | "secret"
      | RemoteKind}`;

const tokenVolume = /^kube-api-access-/;
const token = { serviceAccountToken: { path: "token" } };

export const volumeFields: Readonly<Record<VolumeFieldName, FieldRule>> = {
  "spec.automountServiceAccountToken": inVolumes(
    { name: "kube-api-access-abcde", projected: { sources: [token] } },
    ({ name }) => tokenVolume.test(name),
  ),
  "spec.volumes[*].configMap": of("configMap", { name: "config" }),
  "spec.volumes[*].downwardAPI": of("downwardAPI", {
    items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }],
  }),
  "spec.volumes[*].emptyDir": inVolumes({ name: "emptydir", emptyDir: {} }, isEmptyDir),
  "spec.volumes[*].emptyDir.medium=HugePages": inVolumes(
    { name: "hugepages", emptyDir: { medium: "HugePages" } },
    ({ emptyDir }) => emptyDir?.medium?.startsWith("HugePages"),
  ),
  "spec.volumes[*].emptyDir.medium=Memory": inVolumes(
    { name: "memory", emptyDir: { medium: "Memory" } },
    ({ emptyDir }) => emptyDir?.medium === "Memory",
  ),
  "spec.volumes[*].emptyDir.sizeLimit": inVolumes(
    { name: "sizelimit", emptyDir: { sizeLimit: "16Mi" } },
    ({ emptyDir }) => emptyDir?.sizeLimit,
  ),
  "spec.volumes[*].projected": inVolumes(
    { name: "projected", projected: { sources: [token] } },
    ({ name, projected }) => projected && !tokenVolume.test(name),
  ),
  "spec.volumes[*].secret": of("secret", { secretName: "secret" }),
  ...remoteFields(),
};

/** The least of each source. */
function remoteFields(): Readonly<Record<`spec.volumes[*].${RemoteKind}`, FieldRule>> {
  const claim = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
  return {
    "spec.volumes[*].awsElasticBlockStore": of("awsElasticBlockStore", { volumeID: "v" }),
    "spec.volumes[*].azureDisk": of("azureDisk", { diskName: "d", diskURI: "https://disk.example" }),
    "spec.volumes[*].azureFile": of("azureFile", { secretName: "s", shareName: "s" }),
    "spec.volumes[*].cephfs": of("cephfs", { monitors: ["192.0.2.1"] }),
    "spec.volumes[*].cinder": of("cinder", { volumeID: "v" }),
    "spec.volumes[*].csi": of("csi", { driver: "csi.example.com" }),
    "spec.volumes[*].ephemeral": of("ephemeral", { volumeClaimTemplate: { spec: claim } }),
    "spec.volumes[*].fc": of("fc", { wwids: ["1"] }),
    "spec.volumes[*].flexVolume": of("flexVolume", { driver: "example.com/flex" }),
    "spec.volumes[*].flocker": of("flocker", { datasetName: "d" }),
    "spec.volumes[*].gcePersistentDisk": of("gcePersistentDisk", { pdName: "p" }),
    "spec.volumes[*].gitRepo": of("gitRepo", { repository: "https://git.example/r" }),
    "spec.volumes[*].glusterfs": of("glusterfs", { endpoints: "e", path: "p" }),
    "spec.volumes[*].hostPath": of("hostPath", { path: "/srv" }),
    "spec.volumes[*].image": of("image", { reference: "registry.k8s.io/pause:3.10" }),
    "spec.volumes[*].iscsi": of("iscsi", { iqn: "iqn.2001-04.com.example:d", lun: 0, targetPortal: "192.0.2.1" }),
    "spec.volumes[*].nfs": of("nfs", { path: "/", server: "192.0.2.1" }),
    "spec.volumes[*].persistentVolumeClaim": of("persistentVolumeClaim", { claimName: "c" }),
    "spec.volumes[*].photonPersistentDisk": of("photonPersistentDisk", { pdID: "p" }),
    "spec.volumes[*].portworxVolume": of("portworxVolume", { volumeID: "v" }),
    "spec.volumes[*].quobyte": of("quobyte", { registry: "192.0.2.1:7861", volume: "v" }),
    "spec.volumes[*].rbd": of("rbd", { image: "i", monitors: ["192.0.2.1"] }),
    "spec.volumes[*].scaleIO": of("scaleIO", { gateway: "https://io.example", secretRef: { name: "s" }, system: "s" }),
    "spec.volumes[*].storageos": of("storageos", { volumeName: "v" }),
    "spec.volumes[*].vsphereVolume": of("vsphereVolume", { volumePath: "p" }),
  };
}

type Kind = Exclude<keyof Volume, "name">;

function of<K extends Kind>(kind: K, source: NonNullable<Volume[K]>): FieldRule {
  return inVolumes({ name: kind.toLowerCase(), [kind]: source }, (volume) => volume[kind]);
}

/** One without a source is an emptyDir, as the API server has it. */
function isEmptyDir({ name: _name, ...sources }: Volume): boolean {
  return sources.emptyDir !== undefined || Object.values(sources).every((source) => source === undefined);
}
