import { existsSync, readdirSync } from "node:fs";
import { rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { memoryFolder, podFolder, podVolumeFolders, volumesFolder } from "../state-directory.ts";
import { note } from "./note.ts";
import { removeTree } from "../remove-tree.ts";
import { isOwnFolder } from "../volumes/own-folder.ts";
import { unmountMemory } from "../volumes/sized-memory.ts";

/** Removes the volumes of a pod that is gone. */
export async function removeVolumes(directory: string, uid: string): Promise<void> {
  for (const folder of podVolumeFolders(directory, uid)) {
    if (!isOwnFolder(dirname(folder))) continue;
    unmountMemory(folder);
    await removeTree(folder);
  }
  // It is not below the directory, and would outlive it. One that holds volumes stays.
  await rmdir(memoryFolder(directory)).catch(() => undefined);
}

/** Removes what is in memory, as the machine's end would: nothing runs any more, and it is not below the directory. */
export async function removeMemory(directory: string): Promise<void> {
  const folder = memoryFolder(directory);
  if (!isOwnFolder(folder)) return;
  for (const uid of readdirSync(folder)) unmountMemory(join(folder, uid));
  await removeTree(folder);
}

/** Removes what is left of pods that are gone: a supervisor may have ended in between, or the machine. */
export async function sweepVolumes(directory: string): Promise<void> {
  const folders = [volumesFolder(directory), memoryFolder(directory)].filter((folder) => isOwnFolder(folder));
  for (const uid of new Set(folders.flatMap((folder) => readdirSync(folder)))) {
    try {
      if (!existsSync(podFolder(directory, uid))) await removeVolumes(directory, uid);
    } catch (error) {
      note(`The volumes of ${uid} are left behind`, error);
    }
  }
}
