import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Container, Pod } from "@virtual-kubelet/kubernetes";
import { type VolumeDirectories, containerMounts, refOf, resolverConfigFrom } from "@virtual-kubelet/pod-toolkit";
import type { ProviderContext, Variable } from "@virtual-kubelet/provider";
import type { Image } from "../../images/image.ts";
import type { UserTables } from "../../images/image-users.ts";
import { volumeMounts } from "../../volumes/volume-mounts.ts";
import { hostTree, resolveIn } from "../tree.ts";
import { viewFromPod } from "./view-from-pod.ts";
import type { View } from "../view.ts";
import { viewUser } from "./view-user.ts";

export interface ContainerViewOptions {
  readonly context: Pick<ProviderContext, "resolver">;
  readonly directories: VolumeDirectories;
  readonly allowHostPath: readonly string[];
  readonly podIPs: readonly string[];
  readonly inUserNamespace: boolean;
}

export interface ViewedContainer {
  readonly pod: Pod;
  readonly container: Container;
  readonly image: Image;
  readonly variables: readonly Variable[];
}

/** The view of a container and where its user is at home, with what this host and the cluster say now. Its files volumes are written. */
export function containerView(
  { pod, container, image, variables }: ViewedContainer,
  options: ContainerViewOptions,
): { readonly view: View; readonly home: string } {
  const { context, podIPs, inUserNamespace } = options;
  const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const { user, home } = viewUser({ pod, container, image, tables: tablesOf(image.root ?? "/"), own });
  const mounts = containerMounts(pod, container, variables).map((mount) => ({ ...mount, container: container.name }));
  const view = viewFromPod({
    pod,
    container,
    image,
    user,
    mounts: volumeMounts(pod, mounts, options),
    resolver: context.resolver(refOf(pod), resolverConfigFrom(textOf("/", "/etc/resolv.conf"))),
    podIPs,
    hostsOfNode: textOf("/", "/etc/hosts"),
    inUserNamespace,
  });
  return { view, home };
}

function tablesOf(root: string): UserTables {
  return { passwd: textOf(root, "/etc/passwd"), group: textOf(root, "/etc/group") };
}

/** What a file of a root says, links followed as if that were all there is; nothing when it is not there. */
function textOf(root: string, path: string): string {
  try {
    return readFileSync(join(root, resolveIn(hostTree(root), path).path), "utf8");
  } catch {
    return "";
  }
}
