import { access } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

export interface Flavour {
  /** Of what: a release, or a name and a release. */
  readonly id: string;
  /** Changes when the same release would be built differently. */
  readonly recipe: number;
}

/** Where built programs are kept for ever, in the user's cache: for this platform only. */
export function cacheFolder(subject: string, { id, recipe }: Flavour): string {
  const caches = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  return join(caches, "virtual-kubelet", subject, `${id}-${process.platform}-${process.arch}-${recipe}`);
}

export function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
