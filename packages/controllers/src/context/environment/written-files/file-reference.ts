import type { FileKeySelector, Pod } from "@virtual-kubelet/kubernetes";
import { ProviderError, type WrittenFiles } from "@virtual-kubelet/provider";
import { textOf } from "../text-of.ts";
import { parseEnvFile } from "./parse-env-file.ts";

/**
 * The value of a `fileKeyRef`: of a key in a file that an earlier container of the pod has written. `undefined` when it is
 * optional and the file or the key is not there; a kubelet starts no container without the file, although the API says that it does.
 *
 * @throws ProviderError `Unsupported` where nobody can read the files, `ConfigMissing` when file or key is not there,
 * `InvalidInput` when the file cannot be understood. None says anything of what is in the file.
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/kubelet_pods.go (`makeEnvironmentVariables`)
 */
export async function fileReference(
  { metadata, spec }: Pod,
  { volumeName, path, key, optional }: FileKeySelector,
  files: WrittenFiles | undefined,
): Promise<string | undefined> {
  const volume = spec.volumes?.find(({ name }) => name === volumeName);
  if (!volume) throw invalid(`cannot find the volume "${volumeName}" referenced by FileKeyRef`);
  if (!volume.emptyDir) throw invalid(`the volume "${volumeName}" referenced by FileKeyRef is not an emptyDir`);
  if (!isWithin(path)) throw invalid(`the path "${path}" of a FileKeyRef must be within the volume "${volumeName}"`);
  if (!files)
    throw new ProviderError(
      "Unsupported",
      `Variables from files (fileKeyRef) cannot be given to pod ${metadata.namespace}/${metadata.name}: what runs it does not read what its containers have written`,
    );
  const content = await files.read(volumeName, path);
  const value =
    content === undefined
      ? undefined
      : parsed(textOf(content, `the file "${path}" of the volume "${volumeName}"`), key);
  if (value !== undefined || optional) return value;
  throw new ProviderError(
    "ConfigMissing",
    content === undefined
      ? `environment variable file "${path}" not found in the volume "${volumeName}"`
      : `environment variable key "${key}" not found in file "${path}"`,
  );
}

/** @see https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/core/validation/validation.go (`validateFileKeySelector`) */
function isWithin(path: string): boolean {
  return path !== "" && !path.startsWith("/") && !path.includes("\0") && !path.split("/").includes("..");
}

function parsed(text: string, key: string): string | undefined {
  try {
    return parseEnvFile(text, key);
  } catch (error) {
    throw error instanceof SyntaxError ? invalid(`couldn't parse env file: ${error.message}`) : error;
  }
}

function invalid(message: string): ProviderError {
  return new ProviderError("InvalidInput", message);
}
