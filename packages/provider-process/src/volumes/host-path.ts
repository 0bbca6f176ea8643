import { closeSync, mkdirSync, openSync, realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { HostPathVolumeSource } from "@virtual-kubelet/kubernetes";
import { ProviderError } from "@virtual-kubelet/provider";
import { hostTree, resolveIn } from "../views/tree.ts";

/** Whether a path, as it is written, is below one of those that are allowed. */
export function isAllowedHostPath(path: string, allowed: readonly string[]): boolean {
  if (path.split("/").includes("..")) return false;
  return allowed.some((prefix) => {
    const folder = prefix.replace(/\/+$/, "");
    return path === folder || path.startsWith(`${folder}/`);
  });
}

/**
 * Where a hostPath volume is, links followed. `InvalidInput` when it is not what the pod says it is, and `Unsupported` when it
 * is not below a path that is allowed, or a link leads elsewhere.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/volume/hostpath/host_path.go (`checkTypeInternal`)
 */
export function hostPathSource(
  volume: string,
  { path, type = "" }: HostPathVolumeSource,
  allowed: readonly string[],
): string {
  const place = resolveIn(hostTree("/"), path);
  const folders = allowed.flatMap((folder) => {
    const real = statSync(folder, { throwIfNoEntry: false }) && realpathSync(folder);
    return real ? [real] : [];
  });
  if (!isAllowedHostPath(path, allowed) || !isAllowedHostPath(place.path, folders)) {
    const advice = "the provider's option `allowHostPath` says which may be seen";
    throw new ProviderError("Unsupported", `Volume "${volume}": pods may not see ${path} of the host: ${advice}.`);
  }
  if (place.type === undefined) create(place.path, type);
  const stat = statSync(place.path, { throwIfNoEntry: false });
  if (!stat || !isOfType(stat, type)) {
    const what = stat ? `is not a ${nameOf(type)}` : "does not exist";
    throw new ProviderError("InvalidInput", `Volume "${volume}": hostPath type check failed: ${path} ${what}`);
  }
  return place.path;
}

function create(path: string, type: string): void {
  if (type === "DirectoryOrCreate" || type === "") mkdirSync(path, { recursive: true, mode: 0o755 });
  if (type !== "FileOrCreate" || !statSync(dirname(path), { throwIfNoEntry: false })) return;
  closeSync(openSync(path, "wx", 0o644));
}

type Stat = NonNullable<ReturnType<typeof statSync>>;

function isOfType(stat: Stat, type: string): boolean {
  if (type === "Directory" || type === "DirectoryOrCreate") return stat.isDirectory();
  if (type === "File" || type === "FileOrCreate") return stat.isFile();
  if (type === "Socket") return stat.isSocket();
  if (type === "CharDevice") return stat.isCharacterDevice();
  return type === "BlockDevice" ? stat.isBlockDevice() : true;
}

const names: Readonly<Record<string, string>> = {
  Directory: "directory",
  DirectoryOrCreate: "directory",
  File: "file",
  FileOrCreate: "file",
  Socket: "socket file",
  CharDevice: "character device",
  BlockDevice: "block device",
};

function nameOf(type: string): string {
  return names[type] ?? type;
}
