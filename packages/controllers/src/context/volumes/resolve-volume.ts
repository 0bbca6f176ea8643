import type { Volume } from "@virtual-kubelet/kubernetes";
import { ProviderError, type VolumeFile, type VolumeFiles, isProviderError } from "@virtual-kubelet/provider";
import { downwardFiles } from "./downward-files.ts";
import { filePath } from "./file-path.ts";
import { configMapFiles, secretFiles } from "./object-files.ts";
import { projectedFiles } from "./projected-files.ts";
import { type VolumeSources, defaultFileMode } from "./volume-sources.ts";

/**
 * The files of a volume as they are now, by their paths.
 *
 * @throws ProviderError `ConfigMissing` in kubelet's words when something that is not optional is missing; `InvalidInput` for a
 * volume that consists of no such files, or whose files have no place in it; `Unsupported` for what this node cannot give.
 */
export async function resolveVolume(volume: Volume, sources: VolumeSources): Promise<VolumeFiles> {
  try {
    return { files: placed(await filesOf(volume, sources)) };
  } catch (error) {
    if (!isProviderError(error)) throw error;
    const { code, message, retryAfterMs } = error;
    const pause = retryAfterMs === undefined ? {} : { retryAfterMs };
    throw new ProviderError(code, `MountVolume.SetUp failed for volume "${volume.name}" : ${message}`, {
      cause: error,
      ...pause,
    });
  }
}

async function filesOf(volume: Volume, sources: VolumeSources): Promise<readonly VolumeFile[]> {
  const { configMap, secret, downwardAPI, projected } = volume;
  if (configMap) {
    const { name = "", items = [], optional = false, defaultMode: mode = defaultFileMode } = configMap;
    return configMapFiles(await sources.configMap(name), { name, items, optional, mode });
  }
  if (secret) {
    const { secretName: name = "", items = [], optional = false, defaultMode: mode = defaultFileMode } = secret;
    return secretFiles(await sources.secret(name), { name, items, optional, mode });
  }
  if (downwardAPI) {
    const { items = [], defaultMode: mode = defaultFileMode } = downwardAPI;
    return downwardFiles(items, { ...sources, mode });
  }
  if (projected) return projectedFiles(projected, sources);
  const kind = Object.keys(volume).find((key) => key !== "name") ?? "emptyDir";
  const message = `a volume of kind ${kind} has no contents that the cluster knows; its provider makes it`;
  throw new ProviderError("InvalidInput", message);
}

/** In the order of their paths. Of two files with the same path the later one counts. */
function placed(files: readonly VolumeFile[]): readonly VolumeFile[] {
  const byPath = new Map(files.map((file) => [filePath(file.path), file]));
  for (const path of byPath.keys()) {
    const parts = path.split("/");
    const folders = parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("/"));
    const conflict = folders.find((folder) => byPath.has(folder));
    if (conflict !== undefined)
      throw new ProviderError("InvalidInput", `invalid path: ${path} would be in ${conflict}, which is a file`);
  }
  return [...byPath]
    .map(([path, file]) => ({ ...file, path }))
    .toSorted((a, b) => (a.path < b.path ? -1 : Number(a.path > b.path)));
}
