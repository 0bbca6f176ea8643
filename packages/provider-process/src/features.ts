import type { Container, Pod } from "@virtual-kubelet/kubernetes";
import type { PodFeatures } from "@virtual-kubelet/provider";
import { userOf } from "./process-from-pod.ts";

/** The volume that the API server adds to every pod for its service account's token. */
const tokenVolume = /^kube-api-access-/;

/** Who the supervisor runs as; only root can become somebody else. */
export interface HostUser {
  readonly uid: number;
}

export function hostUser(): HostUser {
  return { uid: process.getuid?.() ?? 0 };
}

/** What a host's processes can and cannot give a pod. */
export function processFeatures(user: HostUser): PodFeatures {
  return [...filesAndPrograms, ...usersOf(user), ...ignored];
}

const filesAndPrograms: PodFeatures = [
  {
    field: "spec.containers[*].command",
    support: "refused",
    // What kubectl run is given after `--` are arguments only, unless it is told otherwise; and with -i it says nothing else.
    reason:
      "a container without a command needs its image, and this node runs processes of its host: set `command`, with kubectl run by --command",
    asks: (pod) => containersOf(pod).some(({ command = [] }) => command.length === 0),
  },
  {
    field: "spec.containers[*].volumeMounts",
    support: "refused",
    reason: "processes of the host have no file system of their own to mount volumes in",
    asks: (pod) =>
      containersOf(pod).some(({ volumeMounts = [] }) => volumeMounts.some(({ name }) => !tokenVolume.test(name))),
  },
  {
    field: "spec.containers[*].volumeDevices",
    support: "refused",
    reason: "block devices cannot be given to processes of the host",
    asks: (pod) => containersOf(pod).some(({ volumeDevices = [] }) => volumeDevices.length > 0),
  },
  {
    field: "service account token",
    support: "ignored",
    reason: "the token's volume is not mounted; set `automountServiceAccountToken: false` to do without it",
    asks: (pod) =>
      containersOf(pod).some(({ volumeMounts = [] }) => volumeMounts.some(({ name }) => tokenVolume.test(name))),
  },
];

function usersOf({ uid }: HostUser): PodFeatures {
  return [
    {
      field: "securityContext.runAsUser",
      support: "refused",
      reason: "the node does not run as root, and only root can start processes as another user",
      asks: (pod) => uid !== 0 && containersOf(pod).some((container) => (userOf(pod, container)?.uid ?? uid) !== uid),
    },
    {
      field: "securityContext.runAsNonRoot",
      support: "refused",
      reason: "the container would run as root: set `runAsUser`",
      asks: (pod) =>
        containersOf(pod).some((container) => isNonRoot(pod, container) && (userOf(pod, container)?.uid ?? uid) === 0),
    },
  ];
}

const ignored: PodFeatures = (
  [
    {
      field: "resources",
      reason: "requests count for scheduling, and limits are not enforced on processes of the host",
      asks: (pod) => containersOf(pod).some(({ resources }) => resources?.limits !== undefined),
    },
    {
      field: "livenessProbe, readinessProbe, startupProbe",
      reason: "probes are not run yet: a container that runs counts as started and ready",
      asks: (pod) => containersOf(pod).some((each) => each.livenessProbe ?? each.readinessProbe ?? each.startupProbe),
    },
    {
      field: "lifecycle",
      reason: "postStart and preStop hooks are not run yet",
      asks: (pod) => containersOf(pod).some(({ lifecycle }) => lifecycle?.postStart ?? lifecycle?.preStop),
    },
  ] satisfies readonly IgnoredField[]
).map((row: IgnoredField) => ({ ...row, support: "ignored", asks: (pod) => Boolean(row.asks(pod)) }));

interface IgnoredField {
  readonly field: string;
  readonly reason: string;
  /** Something, when the pod asks for it. */
  asks(pod: Pod): unknown;
}

function containersOf({ spec }: Pod): readonly Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers];
}

function isNonRoot({ spec }: Pod, { securityContext }: Container): boolean {
  return securityContext?.runAsNonRoot ?? spec.securityContext?.runAsNonRoot ?? false;
}
