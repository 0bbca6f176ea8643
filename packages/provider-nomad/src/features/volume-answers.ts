import type { PodFieldName } from "@virtual-kubelet/pod-toolkit";
import type { ResolvedNomadOptions } from "../options.ts";
import { canMount, runsImages } from "../job/drivers.ts";
import { type AnswersFor, ignored, onlyIf, refused } from "./answers.ts";

type VolumeAnswers = AnswersFor<"spec.volumes[*]."> & AnswersFor<"spec.automountServiceAccountToken">;
type RemoteField = Exclude<Extract<PodFieldName, `spec.volumes[*].${string}`>, OwnField>;
type OwnField = `spec.volumes[*].${"configMap" | "downwardAPI" | "projected" | "secret" | `emptyDir${string}`}`;

const remoteFields = [
  "awsElasticBlockStore",
  "azureDisk",
  "azureFile",
  "cephfs",
  "cinder",
  "csi",
  "ephemeral",
  "fc",
  "flexVolume",
  "flocker",
  "gcePersistentDisk",
  "gitRepo",
  "glusterfs",
  "hostPath",
  "image",
  "iscsi",
  "nfs",
  "persistentVolumeClaim",
  "photonPersistentDisk",
  "portworxVolume",
  "quobyte",
  "rbd",
  "scaleIO",
  "storageos",
  "vsphereVolume",
] as const;

/** What a pod may mount. */
export function volumeAnswers({ driver }: ResolvedNomadOptions): VolumeAnswers {
  const hasMounts = canMount(driver);
  const isMock = driver === "mock_driver";
  const isImage = runsImages(driver);
  const whyNot =
    "the driver has no root of its own for tasks, so nothing can be where a container looks for it: use environment variables, or the driver exec";
  const noFiles = isMock ? ignored("the mock driver runs nothing") : refused(whyNot);
  const noFolder = isMock
    ? ignored("the mock driver runs nothing")
    : refused("tasks of this driver share one folder only, which is where NOMAD_ALLOC_DIR says");
  const files = onlyIf(hasMounts, noFiles);
  return {
    "spec.automountServiceAccountToken": onlyIf(
      hasMounts,
      ignored(
        "the driver cannot mount the token of the service account: a program that needs it has to get it in another way",
      ),
    ),
    "spec.volumes[*].configMap": files,
    "spec.volumes[*].downwardAPI": files,
    "spec.volumes[*].emptyDir": onlyIf(isImage, noFolder),
    "spec.volumes[*].emptyDir.medium=HugePages": refused("Nomad has no huge pages to give"),
    "spec.volumes[*].emptyDir.medium=Memory": onlyIf(isImage, noFolder),
    "spec.volumes[*].emptyDir.sizeLimit": ignored(
      "how much is written to a volume is not limited, but for one in memory that one container of docker mounts",
    ),
    "spec.volumes[*].projected": files,
    "spec.volumes[*].secret": files,
    ...remoteAnswers(),
  };
}

function remoteAnswers(): Readonly<Record<RemoteField, ReturnType<typeof refused>>> {
  const answer = refused("Nomad mounts only volumes of its own, which a pod cannot name");
  const entries = remoteFields.map((kind): [RemoteField, typeof answer] => [`spec.volumes[*].${kind}`, answer]);
  return Object.fromEntries(entries) as Record<RemoteField, typeof answer>;
}
