import type { Container, Pod } from "@virtual-kubelet/kubernetes";
import { containersOf, ignored, inSecurity, refused } from "@virtual-kubelet/pod-toolkit";
import type { PodFeatures } from "@virtual-kubelet/provider";
import { type Images, findImage } from "../images/image.ts";
import { userOf } from "../process-from-pod.ts";

export interface SecurityFeatureOptions {
  /** Who the supervisor runs as; only root can become somebody else. */
  readonly uid: number;
  readonly images: Images;
}

/** What holds for plain processes of the host and in views. */
const everywhere: PodFeatures = [
  refused({
    field: "securityContext.seccompProfile",
    reason: "there are no profiles on this node: use `RuntimeDefault` or `Unconfined`",
    asks: (pod) => seccompOf(pod).includes("Localhost"),
  }),
  ignored({
    field: "securityContext.seccompProfile",
    reason: "system calls are not filtered: `RuntimeDefault` is as `Unconfined`",
    asks: (pod) => seccompOf(pod).includes("RuntimeDefault"),
  }),
  ignored({
    field: "securityContext.appArmorProfile, seLinuxOptions",
    reason: "processes have the host's own profile and label",
    asks: (pod) =>
      (pod.spec.securityContext?.appArmorProfile ?? pod.spec.securityContext?.seLinuxOptions) ||
      inSecurity(({ appArmorProfile, seLinuxOptions }) => appArmorProfile ?? seLinuxOptions)(pod),
  }),
  refused({
    field: "spec.hostUsers",
    reason: "a pod has no users of its own here: `false` cannot be given",
    asks: ({ spec }) => spec.hostUsers === false,
  }),
  refused({
    field: "spec.securityContext.sysctls",
    reason: "the kernel's parameters are those of the host, and not set for a pod",
    asks: (pod) => pod.spec.securityContext?.sysctls?.length,
  }),
];

/** Where containers are plain processes. */
export function plainSecurity({ uid, images }: SecurityFeatureOptions, whatToDo: string): PodFeatures {
  const inViews = `it takes a root view, which this node does not have: ${whatToDo}`;
  return [
    refused({
      field: "securityContext.runAsUser",
      reason: "the node does not run as root, and only root can start processes as another user",
      asks: (pod) => uid !== 0 && containersOf(pod).some((container) => (userOf(pod, container)?.uid ?? uid) !== uid),
    }),
    refused({
      field: "securityContext.runAsNonRoot",
      reason: "the container would run as root: set `runAsUser`",
      asks: (pod) =>
        containersOf(pod).some((container) => isNonRoot(pod, container) && (userOf(pod, container)?.uid ?? uid) === 0),
    }),
    ignored({
      field: "securityContext.capabilities, allowPrivilegeEscalation, readOnlyRootFilesystem",
      reason: inViews,
      asks: inSecurity(
        ({ capabilities, allowPrivilegeEscalation, readOnlyRootFilesystem }) =>
          (capabilities ?? readOnlyRootFilesystem) || allowPrivilegeEscalation === false,
      ),
    }),
    ignored({
      field: "spec.securityContext.supplementalGroups, fsGroup",
      reason: inViews,
      asks: ({ spec }) =>
        spec.securityContext?.supplementalGroups?.length || spec.securityContext?.fsGroup !== undefined,
    }),
    refused({
      field: "image",
      reason: `the image has a root of its own, which takes a root view: ${whatToDo}`,
      asks: (pod) => containersOf(pod).some(({ image = "" }) => findImage(images, image)?.root !== undefined),
    }),
    ...everywhere,
  ];
}

/** Where containers have views. */
export function viewSecurity({ images }: SecurityFeatureOptions, inUserNamespace: boolean): PodFeatures {
  const isHost = ({ image = "" }: Container) => findImage(images, image)?.root === undefined;
  return [
    ignored({
      field: "securityContext.privileged",
      reason: "the container keeps all capabilities that the node has, and gets no devices of the host",
      asks: inSecurity(({ privileged }) => privileged),
    }),
    ignored({
      field: "securityContext.readOnlyRootFilesystem",
      reason: "the image is the host itself: its files are as they are for the container's user",
      asks: (pod) =>
        containersOf(pod).some((container) => isHost(container) && container.securityContext?.readOnlyRootFilesystem),
    }),
    ...(inUserNamespace
      ? [
          ignored({
            field: "spec.securityContext.supplementalGroups, fsGroup",
            reason: "the node does not run as root: all files of a pod are its one user's, whatever groups it names",
            asks: ({ spec }) =>
              spec.securityContext?.supplementalGroups?.length || spec.securityContext?.fsGroup !== undefined,
          }),
        ]
      : []),
    ...everywhere,
  ];
}

function isNonRoot({ spec }: Pod, { securityContext }: Container): boolean {
  return securityContext?.runAsNonRoot ?? spec.securityContext?.runAsNonRoot ?? false;
}

function seccompOf(pod: Pod): readonly string[] {
  const ofPod = pod.spec.securityContext?.seccompProfile?.type;
  return containersOf(pod).flatMap(({ securityContext }) => securityContext?.seccompProfile?.type ?? ofPod ?? []);
}
