import { createHash } from "node:crypto";
import type { Pod } from "@virtual-kubelet/kubernetes";
import type { VolumeFile, VolumeFiles } from "@virtual-kubelet/provider";
import type { NomadTemplate } from "../../api/job.ts";
import { contentTemplate } from "./variables.ts";

/** The contents of all files of a pod's volumes, by key. */
export function fileContents(volumes: ReadonlyMap<string, VolumeFiles>): ReadonlyMap<string, Uint8Array> {
  return new Map(
    [...volumes].flatMap(([volume, { files }]) =>
      files.map(({ path, content }): [string, Uint8Array] => [fileKey(volume, path), content]),
    ),
  );
}

/** The same wherever and whenever it is asked for. */
function fileKey(volume: string, path: string): string {
  return `f${createHash("sha256").update(`${volume}/${path}`).digest("hex").slice(0, 12)}`;
}

/** Some files of a volume that are to be in one place of a task. */
export interface PlacedFiles {
  readonly volume: string;
  readonly files: readonly VolumeFile[];
  /** The volume's directory or file that is to be there; empty: all of it. */
  readonly subPath: string;
  /** Relative to the task's folder. */
  readonly destination: string;
}

/**
 * Templates that put files into a task's folder and keep them as they are in the store, without a restart. A place that would be empty
 * gets a hidden file, as a kubelet has one in each volume: otherwise it would not be there.
 */
export function fileTemplates(pod: Pod, placed: PlacedFiles, paths: readonly string[]): readonly NomadTemplate[] {
  const { volume, subPath, destination } = placed;
  const templates = placed.files.flatMap((file): readonly NomadTemplate[] => {
    const path = within(file.path, subPath);
    if (path === undefined) return [];
    const template = contentTemplate(fileKey(volume, file.path), paths);
    return [{ EmbeddedTmpl: template, DestPath: join(destination, path), ChangeMode: "noop", ...access(pod, file) }];
  });
  if (templates.length > 0) return templates;
  const nothing = "{{- /* nothing */ -}}";
  return [{ EmbeddedTmpl: nothing, DestPath: join(destination, "..data"), ChangeMode: "noop", Perms: "0444" }];
}

/** Whether a part of a volume is one of its files. */
export function isFile({ files }: VolumeFiles, subPath: string): boolean {
  return files.some(({ path }) => path === subPath);
}

/** A file's path below a part of its volume; empty: the part itself. */
function within(path: string, part: string): string | undefined {
  if (part === "" || path === part) return part === "" ? path : "";
  return path.startsWith(`${part}/`) ? path.slice(part.length + 1) : undefined;
}

/** Of a group that the pod asks for, as a kubelet gives it: readable by it. */
function access({ spec }: Pod, { mode, uid }: VolumeFile): Pick<NomadTemplate, "Perms" | "Uid" | "Gid"> {
  const gid = spec.securityContext?.fsGroup;
  const bits = gid === undefined ? mode : mode | 0o440;
  return {
    Perms: bits.toString(8).padStart(4, "0"),
    ...(uid === undefined ? {} : { Uid: uid }),
    ...(gid === undefined ? {} : { Gid: gid }),
  };
}

function join(folder: string, path: string): string {
  return path === "" ? folder : `${folder}/${path}`;
}
