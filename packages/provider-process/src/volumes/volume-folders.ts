import { mkdirSync, statfsSync } from "node:fs";
import type { Volume } from "@virtual-kubelet/kubernetes";
import { type VolumeDirectories, podVolume } from "@virtual-kubelet/pod-toolkit";
import { type PodRef, ProviderError } from "@virtual-kubelet/provider";
import { memoryFolder, podVolumeFolders, volumeFolder, volumesFolder } from "../state-directory.ts";
import { isOwnFolder } from "./own-folder.ts";

/** What statfs calls a file system in memory. */
const tmpfs = 0x01021994;

/** Whether this host keeps a file system in memory for everybody. */
export function hasMemoryFolder(): boolean {
  try {
    return process.platform === "linux" && statfsSync("/dev/shm").type === tmpfs;
  } catch {
    return false;
  }
}

/** Where the volumes of a state directory's pods are. */
export class VolumeFolders implements VolumeDirectories {
  readonly #directory: string;
  readonly #hasMemory: boolean;

  constructor(directory: string) {
    this.#directory = directory;
    this.#hasMemory = hasMemoryFolder();
  }

  /** In memory, where that is asked for; and secrets, as with a kubelet, are not written to a disk where that can be helped. */
  directoryOf({ uid }: PodRef, volume: Volume): string {
    const kind = podVolume(volume);
    const isMemory = kind.type === "emptyDir" && kind.medium === "Memory";
    if (isMemory && !this.#hasMemory) {
      throw new ProviderError(
        "Unsupported",
        `Volume "${volume.name}" needs memory, and this host has no tmpfs at /dev/shm.`,
      );
    }
    const isSecret = kind.type === "files" && !volume.configMap;
    const [onDisk = "", inMemory = ""] = podVolumeFolders(this.#directory, uid);
    const inside = isMemory || (isSecret && this.#hasMemory) ? inMemory : onDisk;
    const folder = volumeFolder(inside, volume.name);
    prepare(inside === inMemory ? memoryFolder(this.#directory) : volumesFolder(this.#directory));
    mkdirSync(inside, { recursive: true, mode: 0o700 });
    return folder;
  }
}

/** Of this user alone: anybody may make folders where there is memory. */
function prepare(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!isOwnFolder(folder)) {
    throw new ProviderError("Unavailable", `${folder} is not a folder of this user alone: remove it.`);
  }
}
