import { posix } from "node:path";
import { type Container, type Pod, type Volume, type VolumeMount, expandVariables } from "@virtual-kubelet/kubernetes";
import { ProviderError, type Variable } from "@virtual-kubelet/provider";
import { podVolume } from "./pod-volume.ts";

/** One place of a container at which a volume, or a part of it, is to be seen. */
export interface ContainerMount {
  readonly volume: Volume;
  /** Absolute, without `.`, `..`, or a slash at its end. */
  readonly mountPath: string;
  /** Relative to the volume: a file or a directory, without `..`; absent: the whole volume. */
  readonly subPath?: string;
  /** Also when the pod does not ask for it: files volumes are written by the node alone. */
  readonly readOnly: boolean;
  /** Whether what is mounted below is read-only, too. */
  readonly recursiveReadOnly?: "IfPossible" | "Enabled";
  readonly propagation?: "HostToContainer" | "Bidirectional";
}

/**
 * What a container mounts, a place before what is below it. Its variables are needed for `subPathExpr`. `InvalidInput`, in
 * kubelet's words, when a mount cannot be made sense of.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/kubelet_pods.go (`makeMounts`)
 */
export function containerMounts(
  { spec }: Pod,
  container: Container,
  variables: readonly Variable[],
): readonly ContainerMount[] {
  const volumes = new Map((spec.volumes ?? []).map((volume) => [volume.name, volume]));
  const values = new Map(variables.map(({ name, value }) => [name, value]));
  const mounts = (container.volumeMounts ?? []).map((mount): ContainerMount => {
    const volume = volumes.get(mount.name);
    if (!volume) throw invalid(`cannot find volume "${mount.name}" to mount into container "${container.name}"`);
    const subPath = subPathOf(mount, values);
    const { recursiveReadOnly: recursive, mountPropagation: propagation } = mount;
    return {
      volume,
      mountPath: absolute(mount.mountPath),
      ...(subPath ? { subPath } : {}),
      readOnly: mount.readOnly === true || podVolume(volume).type === "files",
      ...(recursive === "IfPossible" || recursive === "Enabled" ? { recursiveReadOnly: recursive } : {}),
      ...(propagation === "HostToContainer" || propagation === "Bidirectional" ? { propagation } : {}),
    };
  });
  return mounts.toSorted((a, b) => depth(a.mountPath) - depth(b.mountPath));
}

function subPathOf({ subPath, subPathExpr }: VolumeMount, values: ReadonlyMap<string, string>): string {
  const path = subPathExpr ? expanded(subPathExpr, values) : (subPath ?? "");
  if (path === "") return "";
  if (path.startsWith("/")) throw invalid(`error SubPath \`${path}\` must not be an absolute path`);
  if (path.split("/").includes("..")) throw invalid(`unable to provision SubPath \`${path}\`: must not contain '..'`);
  const normal = posix.normalize(path).replace(/\/+$/, "");
  return normal === "." ? "" : normal;
}

/** @see https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/container/helpers.go (`ExpandContainerVolumeMounts`) */
function expanded(expression: string, values: ReadonlyMap<string, string>): string {
  const missing = new Set<string>();
  const path = expandVariables(expression, (name) => {
    const value = values.get(name);
    if (!value) missing.add(name);
    return value;
  });
  if (missing.size > 0) throw invalid(`missing value for ${[...missing].toSorted().join(", ")}`);
  return path;
}

function absolute(path: string): string {
  const normal = posix.normalize(`/${path}`).replace(/\/+$/, "");
  return normal === "" ? "/" : normal;
}

function depth(path: string): number {
  return path === "/" ? 0 : path.split("/").length - 1;
}

function invalid(message: string): ProviderError {
  return new ProviderError("InvalidInput", message);
}
