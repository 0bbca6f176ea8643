import { closeSync, constants, fchmodSync, fstatSync, mkdirSync, openSync } from "node:fs";

/**
 * Makes what is missing of a path in a directory, with the mode of that. No link is followed, also not one that a container of the pod
 * puts in the way meanwhile: each folder is made in one that is held open.
 */
export function makeFoldersIn(directory: string, path: string): void {
  let parent = open(directory);
  try {
    const mode = fstatSync(parent).mode & 0o7777;
    for (const part of path.split("/").filter(Boolean)) {
      const folder = makeFolder(`/proc/self/fd/${parent}/${part}`, mode);
      closeSync(parent);
      parent = folder;
    }
  } finally {
    closeSync(parent);
  }
}

function makeFolder(path: string, mode: number): number {
  const isNew = make(path);
  const folder = open(path);
  // Whatever the umask is.
  if (isNew) fchmodSync(folder, mode);
  return folder;
}

function make(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function open(path: string): number {
  return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
}
