import { randomBytes } from "node:crypto";
import {
  chmod,
  lchown,
  lstat,
  mkdir,
  readFile,
  readdir,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import type { VolumeFile, VolumeFiles } from "@virtual-kubelet/provider";
import { requireTree, visibleNames } from "./volume-tree.ts";

export interface WriteVolumeOptions {
  /** A group that may read everything: a pod's `fsGroup`. */
  readonly group?: number | undefined;
  /** Whether everything stays this process's own: whoever reads it is this user, under whatever number. */
  readonly keepsOwner?: boolean | undefined;
}

const dataLink = "..data";
const nextDataLink = "..data_tmp";

/** Only root can give files away; those of anybody else stay their own. */
function givesAway({ keepsOwner }: WriteVolumeOptions): boolean {
  return process.getuid?.() === 0 && !keepsOwner;
}

/**
 * Makes a directory hold these files and nothing else, all at once: readers see the files of before or those of now, also when
 * the writer ends at any moment in between; written again, everything is put right. Nothing is written when nothing has changed.
 * One writer per directory at a time. `InvalidInput` when a path leads elsewhere.
 *
 * As with a kubelet, `<name>` is a link to `..data/<name>`, and `..data` one to a directory that is never changed, only replaced.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/volume/util/atomic_writer.go
 */
export async function writeVolume(
  directory: string,
  { files }: VolumeFiles,
  options: WriteVolumeOptions = {},
): Promise<void> {
  requireTree(files);
  await mkdir(directory, { recursive: true });
  const present = await readlink(join(directory, dataLink)).catch(() => undefined);
  const current = present !== undefined && isVersion(present) ? present : undefined;
  const isCurrent = current !== undefined && (await holds(join(directory, current), files, options));
  const data = isCurrent ? current : await writeVersion(directory, files, options);
  if (!isCurrent) await replaceLink(directory, dataLink, data);
  const names = visibleNames(files);
  for (const name of names) await link(directory, name);
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    // A directory of another name is somebody's mount point, made for a `subPath` that is not there.
    const isOurs = entry.isSymbolicLink() || entry.name.startsWith("..");
    const isWanted = entry.name === data || entry.name === dataLink || names.has(entry.name);
    if (isOurs && !isWanted) await remove(join(directory, entry.name));
  }
}

/** Whether a link leads to a version beside it, and not elsewhere. */
function isVersion(target: string): boolean {
  return /^\.\.\d[^/]*$/.test(target);
}

/** Writes the files into a directory of their own, which nobody else sees before it is whole. */
async function writeVersion(
  directory: string,
  files: readonly VolumeFile[],
  options: WriteVolumeOptions,
): Promise<string> {
  const { group } = options;
  const mayGiveAway = givesAway(options);
  const time = new Date().toISOString().slice(0, 19).replaceAll(/[-T:]/g, "_");
  const version = `..${time}.${randomBytes(5).toString("hex")}`;
  const root = join(directory, version);
  await mkdir(root, { mode: 0o700 });
  const folders = new Set<string>();
  for (const { path, content, mode, uid } of files) {
    const file = join(root, path);
    for (let folder = dirname(file); folder !== root; folder = dirname(folder)) folders.add(folder);
    await mkdir(dirname(file), { recursive: true, mode: 0o755 });
    await writeFile(file, content, { flag: "wx", mode: 0o600 });
    if (mayGiveAway && (uid !== undefined || group !== undefined)) await lchown(file, uid ?? 0, group ?? 0);
    await chmod(file, fileMode(mode, group));
  }
  for (const folder of [...folders, root]) {
    if (mayGiveAway && group !== undefined) await lchown(folder, 0, group);
    // Whatever the umask is.
    await chmod(folder, group === undefined ? 0o755 : 0o2755);
  }
  return version;
}

/** @see https://github.com/kubernetes/kubernetes/blob/master/pkg/volume/volume_linux.go (`changeFilePermission`) */
function fileMode(mode: number, group: number | undefined): number {
  return group === undefined ? mode : mode | 0o440;
}

/** Whether a version is just this. */
async function holds(root: string, files: readonly VolumeFile[], options: WriteVolumeOptions): Promise<boolean> {
  const { group } = options;
  try {
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    const found = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
    const wanted = new Map(files.map((file) => [join(root, file.path), file]));
    if (found.length !== wanted.size || !found.every((path) => wanted.has(path))) return false;
    for (const [path, { content, mode, uid }] of wanted) {
      const stat = await lstat(path);
      if (!stat.isFile() || (stat.mode & 0o7777) !== fileMode(mode, group)) return false;
      const isOwned = stat.uid === (uid ?? 0) && (group === undefined || stat.gid === group);
      if (givesAway(options) && !isOwned) return false;
      if (stat.size !== content.length || Buffer.compare(await readFile(path), content) !== 0) return false;
    }
    return true;
  } catch {
    return false;
  }
}

async function link(directory: string, name: string): Promise<void> {
  const target = `${dataLink}/${name}`;
  if ((await readlink(join(directory, name)).catch(() => undefined)) === target) return;
  const stat = await lstat(join(directory, name)).catch(() => undefined);
  // A link is replaced in one step; a directory, which nobody but a stranger has put here, cannot be.
  if (stat?.isDirectory()) await remove(join(directory, name));
  await replaceLink(directory, name, target);
}

async function replaceLink(directory: string, name: string, target: string): Promise<void> {
  const next = join(directory, nextDataLink);
  await remove(next);
  await symlink(target, next);
  await rename(next, join(directory, name));
}

/** Removes what is there, and of a link never what it leads to. */
async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}
