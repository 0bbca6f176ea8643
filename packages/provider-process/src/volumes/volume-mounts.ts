import { chmodSync, chownSync, mkdirSync, realpathSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Pod } from "@virtual-kubelet/kubernetes";
import {
  type ContainerMount,
  type PodVolume,
  type VolumeDirectories,
  podVolume,
  refOf,
} from "@virtual-kubelet/pod-toolkit";
import { ProviderError } from "@virtual-kubelet/provider";
import { hostTree, resolveIn } from "../views/tree.ts";
import type { ViewMount } from "../views/view.ts";
import { hostPathSource } from "./host-path.ts";
import { makeFoldersIn } from "./make-folders.ts";
import { mountMemory } from "./sized-memory.ts";

export interface VolumeMountOptions {
  readonly directories: VolumeDirectories;
  /** Below which paths of the host pods may see it. */
  readonly allowHostPath: readonly string[];
  readonly inUserNamespace: boolean;
}

/** What a container's mounts are on this host: what has to be made for them is made, and files volumes are there already. */
export function volumeMounts(
  pod: Pod,
  mounts: readonly (ContainerMount & { readonly container: string })[],
  options: VolumeMountOptions,
): readonly ViewMount[] {
  return mounts.map((mount) => {
    const source = sourceOf(pod, mount, options);
    const part = mount.subPath === undefined ? source : partOf(source, { ...mount, subPath: mount.subPath });
    return { source: part, target: mount.mountPath, readOnly: mount.readOnly };
  });
}

function sourceOf(pod: Pod, { volume }: ContainerMount, options: VolumeMountOptions): string {
  const kind = podVolume(volume);
  if (kind.type === "remote" && kind.kind === "hostPath") {
    return hostPathSource(volume.name, kind.source, options.allowHostPath);
  }
  if (kind.type === "remote") {
    throw new ProviderError("Unsupported", `Volume "${volume.name}": this node cannot mount ${kind.kind} volumes.`);
  }
  const directory = options.directories.directoryOf(refOf(pod), volume);
  if (kind.type === "emptyDir") makeEmptyDir(directory, kind, { ...options, pod });
  return realpathSync(directory);
}

/** @see https://github.com/kubernetes/kubernetes/blob/master/pkg/volume/emptydir/empty_dir.go (`setupDir`) */
function makeEmptyDir(
  directory: string,
  { medium, sizeLimitBytes: sizeBytes }: PodVolume & { readonly type: "emptyDir" },
  { pod, inUserNamespace }: { readonly pod: Pod; readonly inUserNamespace: boolean },
): void {
  const group = inUserNamespace ? undefined : pod.spec.securityContext?.fsGroup;
  // What is in memory has the sticky bit, as the root of such a file system has; and setgid comes with a group.
  const mode = 0o777 | (medium === "Memory" ? 0o1000 : 0) | (group === undefined ? 0 : 0o2000);
  if (!statSync(directory, { throwIfNoEntry: false })) makeFolder(directory, mode, group);
  if (medium === "Memory" && sizeBytes !== undefined && !inUserNamespace) {
    mountMemory(directory, { sizeBytes, mode, group: group ?? 0 });
  }
}

/** There with its mode and group, or not at all. */
function makeFolder(directory: string, mode: number, group: number | undefined): void {
  const next = `${directory}.next`;
  rmSync(next, { recursive: true, force: true });
  mkdirSync(next, { mode: 0o700 });
  if (group !== undefined) chownSync(next, 0, group);
  chmodSync(next, mode);
  renameSync(next, directory);
}

/**
 * A part of a volume, which is made when it is not there, with the mode of the volume. No link in it leads out of it.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/kubelet_pods.go (`makeMounts`)
 */
function partOf(
  source: string,
  { subPath, volume, container }: ContainerMount & { readonly subPath: string; readonly container: string },
): string {
  try {
    const tree = hostTree(source);
    const { path, type } = resolveIn(tree, subPath, { isStrict: true });
    if (type === undefined) makeFoldersIn(source, path);
    return join(source, path).replace(/\/$/, "");
  } catch (error) {
    // What exactly is wrong there may be no business of the pod's.
    const message = `failed to prepare subPath for volumeMount "${volume.name}" of container "${container}"`;
    throw new ProviderError("InvalidInput", message, { cause: error });
  }
}
