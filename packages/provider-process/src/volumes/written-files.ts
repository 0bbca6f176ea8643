import { constants } from "node:fs";
import { open, readlink, realpath } from "node:fs/promises";
import { join } from "node:path";
import type { Pod } from "@virtual-kubelet/kubernetes";
import { type VolumeDirectories, podVolume, refOf } from "@virtual-kubelet/pod-toolkit";
import { ProviderError, type WrittenFiles } from "@virtual-kubelet/provider";
import { hostTree, resolveIn } from "../views/tree.ts";

/** More than any variables take. */
const longestFileBytes = 1024 * 1024;

/** Reads what a pod's containers have written into its emptyDir volumes. */
export function writtenFiles(pod: Pod, directories: VolumeDirectories): WrittenFiles {
  return {
    async read(name, path) {
      const volume = pod.spec.volumes?.find((each) => each.name === name);
      if (!volume || podVolume(volume).type !== "emptyDir") {
        throw new ProviderError("InvalidInput", `The pod has no emptyDir volume "${name}" to read "${path}" from.`);
      }
      const directory = directories.directoryOf(refOf(pod), volume);
      try {
        return await contentOf(directory, path);
      } catch {
        return undefined;
      }
    },
  };
}

/** Whatever a container puts in a file's place meanwhile: a pipe would never be read, and a link could lead out of the volume. */
async function contentOf(directory: string, path: string): Promise<Buffer | undefined> {
  const root = await realpath(directory);
  const wanted = join(root, resolveIn(hostTree(root), path, { isStrict: true }).path);
  await using file = await open(wanted, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  const stat = await file.stat();
  if (!stat.isFile() || stat.size > longestFileBytes) return undefined;
  return (await readlink(`/proc/self/fd/${file.fd}`)) === wanted ? await file.readFile() : undefined;
}
