import { lstat, readFile } from "node:fs/promises";
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
        const place = resolveIn(hostTree(directory), path, { isStrict: true });
        const file = join(directory, place.path);
        const { size } = await lstat(file).then((stat) => (stat.isFile() ? stat : { size: Infinity }));
        return size <= longestFileBytes ? await readFile(file) : undefined;
      } catch {
        return undefined;
      }
    },
  };
}
