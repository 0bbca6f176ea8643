import type { Container, Pod } from "@virtual-kubelet/kubernetes";
import type { ResolverConfig } from "@virtual-kubelet/provider";
import { resolvConf } from "@virtual-kubelet/pod-toolkit";
import type { Image } from "../../images/image.ts";
import { hostsFile } from "./hosts-file.ts";
import { podHostname } from "./pod-hostname.ts";
import type { View, ViewFile, ViewMount, ViewUser } from "../view.ts";

/** What a view is made from. */
export interface ViewSource {
  readonly pod: Pod;
  readonly container: Container;
  readonly image: Image;
  readonly mounts: readonly ViewMount[];
  readonly user: ViewUser;
  readonly resolver: ResolverConfig;
  readonly podIPs: readonly string[];
  readonly hostsOfNode: string;
  readonly inUserNamespace: boolean;
}

const defaultMessagePath = "/dev/termination-log";

/** The view that a container asks for. */
export function viewFromPod(source: ViewSource): View {
  const { pod, container, image, mounts, user, resolver, inUserNamespace } = source;
  const target = container.terminationMessagePath ?? defaultMessagePath;
  const { hostname } = podHostname(pod, resolver);
  const isOwn = image.root !== undefined;
  return {
    ...(image.root === undefined
      ? {}
      : { root: { directory: image.root, readOnly: container.securityContext?.readOnlyRootFilesystem ?? false } }),
    mounts,
    files: isOwn ? filesOf(source).filter((file) => !mounts.some((mount) => mount.target === file.target)) : [],
    ...(mounts.some((mount) => mount.target === target) ? {} : { terminationMessage: { target } }),
    user,
    ...(isOwn && !pod.spec.hostNetwork ? { hostname } : {}),
    inUserNamespace,
  };
}

/** What the node makes for every container that does not mount its own there. */
function filesOf({ pod, resolver, podIPs, hostsOfNode }: ViewSource): readonly ViewFile[] {
  const { hostname, domain } = podHostname(pod, resolver);
  return [
    { target: "/etc/hosts", content: hostsFile(pod, { podIPs, hostname, domain, ofNode: hostsOfNode }) },
    { target: "/etc/hostname", content: `${hostname}\n` },
    { target: "/etc/resolv.conf", content: resolvConf(resolver) },
  ];
}

/** Whether a container of an image is to have a view. Others are plain processes of the host, of which only root can choose the user. */
export function needsView(
  { spec }: Pod,
  { securityContext = {}, volumeMounts = [] }: Container,
  { image, ownUid, inUserNamespace }: Pick<ViewSource, "image" | "inUserNamespace"> & { readonly ownUid: number },
): boolean {
  const ofPod = spec.securityContext ?? {};
  const { capabilities, allowPrivilegeEscalation, runAsUser = ofPod.runAsUser } = securityContext;
  const { runAsNonRoot = ofPod.runAsNonRoot, runAsGroup = ofPod.runAsGroup } = securityContext;
  const isConfined = capabilities !== undefined || allowPrivilegeEscalation === false;
  const hasGroups = ofPod.fsGroup !== undefined || ofPod.supplementalGroups !== undefined;
  const isOther = inUserNamespace && ((runAsUser ?? ownUid) !== ownUid || runAsGroup !== undefined);
  const hasUser = image.user !== undefined || runAsNonRoot === true || isOther;
  return image.root !== undefined || volumeMounts.length > 0 || isConfined || hasGroups || hasUser;
}
