import { chmodSync, chownSync, mkdirSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Pod } from "@virtual-kubelet/kubernetes";
import { type ContainerMount, type VolumeDirectories, podVolume, refOf } from "@virtual-kubelet/pod-toolkit";
import { ProviderError } from "@virtual-kubelet/provider";
import { hostTree, resolveIn } from "../views/tree.ts";
import type { ViewMount } from "../views/view.ts";
import { hostPathSource } from "./host-path.ts";

export interface VolumeMountOptions {
  readonly directories: VolumeDirectories;
  /** Below which paths of the host pods may see it. */
  readonly allowHostPath: readonly string[];
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

function sourceOf(pod: Pod, { volume }: ContainerMount, { directories, allowHostPath }: VolumeMountOptions): string {
  const kind = podVolume(volume);
  if (kind.type === "files") return realpathSync(directories.directoryOf(refOf(pod), volume));
  if (kind.type === "emptyDir") {
    const directory = directories.directoryOf(refOf(pod), volume);
    makeEmptyDir(directory, pod.spec.securityContext?.fsGroup);
    return realpathSync(directory);
  }
  if (kind.kind === "hostPath") return hostPathSource(volume.name, kind.source, allowHostPath);
  throw new ProviderError("Unsupported", `Volume "${volume.name}": this node cannot mount ${kind.kind} volumes.`);
}

/** @see https://github.com/kubernetes/kubernetes/blob/master/pkg/volume/emptydir/empty_dir.go (`setupDir`) */
function makeEmptyDir(directory: string, group: number | undefined): void {
  if (statSync(directory, { throwIfNoEntry: false })) return;
  mkdirSync(directory, { mode: 0o700 });
  if (group !== undefined && process.getuid?.() === 0) {
    chownSync(directory, 0, group);
    chmodSync(directory, 0o2777);
  } else chmodSync(directory, 0o777);
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
    if (type === undefined) makeFolders(source, path);
    return join(source, path).replace(/\/$/, "");
  } catch (error) {
    // What exactly is wrong there may be no business of the pod's.
    const message = `failed to prepare subPath for volumeMount "${volume.name}" of container "${container}"`;
    throw new ProviderError("InvalidInput", message, { cause: error });
  }
}

function makeFolders(source: string, path: string): void {
  const mode = statSync(source).mode & 0o7777;
  let folder = source;
  for (const part of path.split("/").filter(Boolean)) {
    folder = join(folder, part);
    if (statSync(folder, { throwIfNoEntry: false })) continue;
    mkdirSync(folder);
    // Whatever the umask is.
    chmodSync(folder, mode);
  }
}
