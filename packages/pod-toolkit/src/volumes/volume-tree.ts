import { ProviderError, type VolumeFile } from "@virtual-kubelet/provider";

const longestPathBytes = 4096;
const longestNameBytes = 255;

/** The first names of all files, each of which is a file or a directory of the volume. */
export function visibleNames(files: readonly Pick<VolumeFile, "path">[]): ReadonlySet<string> {
  return new Set(files.map(({ path }) => path.slice(0, (path.indexOf("/") + 1 || path.length + 1) - 1)));
}

/**
 * Throws `InvalidInput` unless these files can be one directory tree: every path stays inside of the volume and takes none
 * of the names that the writer needs for itself, and none is both a file and a directory.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/volume/util/atomic_writer.go (`validatePath`)
 */
export function requireTree(files: readonly Pick<VolumeFile, "path">[]): void {
  const paths = new Set<string>();
  for (const { path } of files) {
    const problem = problemOf(path) ?? (paths.has(path) ? "it is there twice" : undefined);
    if (problem) throw new ProviderError("InvalidInput", `The volume cannot have the path "${path}": ${problem}.`);
    paths.add(path);
  }
  for (const path of paths) {
    for (let end = path.indexOf("/"); end !== -1; end = path.indexOf("/", end + 1)) {
      const parent = path.slice(0, end);
      if (!paths.has(parent)) continue;
      throw new ProviderError("InvalidInput", `The volume cannot have the path "${path}": "${parent}" is a file.`);
    }
  }
}

function problemOf(path: string): string | undefined {
  const parts = path.split("/");
  if (path === "" || parts.includes("") || parts.includes(".")) return "it has an empty part, or a dot for one";
  if (path.startsWith("..")) return "it starts with two dots";
  if (parts.includes("..")) return "it leads out of the volume";
  if (path.includes("\0")) return "it has a NUL byte in it";
  if (Buffer.byteLength(path) > longestPathBytes) return `it has more than ${longestPathBytes} bytes`;
  if (parts.some((part) => Buffer.byteLength(part) > longestNameBytes))
    return `a part of it has more than ${longestNameBytes} bytes`;
  return undefined;
}
