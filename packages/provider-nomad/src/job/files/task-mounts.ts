import type { Container, Pod } from "@virtual-kubelet/kubernetes";
import { type ContainerMount, containerMounts, podVolume } from "@virtual-kubelet/pod-toolkit";
import { ProviderError, type Variable, type VolumeFiles } from "@virtual-kubelet/provider";
import { type NomadDriver, canMount, hasChroot } from "../drivers.ts";
import { type PlacedFiles, isFile } from "./file-templates.ts";

/** A folder or a file of the allocation that a container sees elsewhere. */
export interface Bind {
  /** Relative to the task's folder. */
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

/** Memory that a container sees as a folder. */
export interface MemoryFolder {
  readonly target: string;
  readonly sizeBytes?: number;
}

export interface TaskMounts {
  readonly files: readonly PlacedFiles[];
  readonly binds: readonly Bind[];
  readonly memory: readonly MemoryFolder[];
  readonly notes: readonly string[];
}

export interface MountSources {
  readonly driver: NomadDriver;
  readonly variables: readonly Variable[];
  readonly volumes: ReadonlyMap<string, VolumeFiles>;
}

/**
 * What a container mounts. An image's container sees folders of its task and of the allocation; a task whose root is its own folder has files
 * where they are to be; the others have no mounts, which their features say.
 */
export function taskMounts(pod: Pod, container: Container, sources: MountSources): TaskMounts {
  const parts = canMount(sources.driver)
    ? containerMounts(pod, container, sources.variables).map((mount) => mountOf(pod, mount, sources))
    : [];
  return {
    files: parts.flatMap(({ files = [] }) => files),
    binds: parts.flatMap(({ binds = [] }) => binds),
    memory: parts.flatMap(({ memory = [] }) => memory),
    notes: parts.flatMap(({ notes = [] }) => notes),
  };
}

function mountOf(pod: Pod, mount: ContainerMount, sources: MountSources): Partial<TaskMounts> {
  const kind = podVolume(mount.volume);
  if (kind.type === "files") return filesMount(mount, sources);
  if (kind.type === "emptyDir" && !hasChroot(sources.driver)) return emptyDirMount(pod, mount, kind);
  const what = kind.type === "remote" ? kind.kind : "emptyDir";
  throw new ProviderError(
    "InvalidInput",
    `Volume "${mount.volume.name}": tasks of Nomad's driver ${sources.driver} cannot have a volume of the kind ${what}.`,
  );
}

function filesMount({ volume, mountPath, subPath = "" }: ContainerMount, sources: MountSources): Partial<TaskMounts> {
  const found = sources.volumes.get(volume.name) ?? { files: [] };
  if (hasChroot(sources.driver)) {
    return { files: [{ volume: volume.name, files: found.files, subPath, destination: mountPath.slice(1) }] };
  }
  const isSensitive = found.files.some(({ sensitive }) => sensitive);
  const folder = `${isSensitive ? "secrets" : "local"}/volumes/${volume.name}`;
  const source = subPath === "" ? folder : `${folder}/${subPath}`;
  return {
    files: [{ volume: volume.name, files: found.files, subPath, destination: source }],
    binds: [{ source, target: mountPath, readOnly: true }],
    notes: isFile(found, subPath)
      ? [`${mountPath} is one file of a volume, which stays as it is when the volume changes`]
      : [],
  };
}

/** Memory that several containers share cannot be had, but for the one that is `/dev/shm`. */
function emptyDirMount(
  pod: Pod,
  { volume, mountPath, subPath, readOnly }: ContainerMount,
  { medium, sizeLimitBytes }: { readonly medium: string; readonly sizeLimitBytes?: number },
): Partial<TaskMounts> {
  const isInMemory = medium === "Memory" && subPath === undefined && isMountedOnce(pod, volume.name);
  if (isInMemory) {
    return { memory: [{ target: mountPath, ...(sizeLimitBytes === undefined ? {} : { sizeBytes: sizeLimitBytes }) }] };
  }
  // The allocation's folder, next to the task's.
  const folder = `../alloc/volumes/${volume.name}`;
  const source = subPath === undefined ? folder : `${folder}/${subPath}`;
  const isOnDisk =
    medium === "Memory" ? [`volume "${volume.name}" is on disk: several containers cannot share memory`] : [];
  return { binds: [{ source, target: mountPath, readOnly }], notes: isOnDisk };
}

function isMountedOnce({ spec }: Pod, volume: string): boolean {
  const mounts = [...(spec.initContainers ?? []), ...spec.containers].flatMap(({ volumeMounts = [] }) => volumeMounts);
  return mounts.filter(({ name }) => name === volume).length === 1;
}
