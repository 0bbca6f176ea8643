import { ProviderError } from "@virtual-kubelet/provider";

const longestNameBytes = 255;
const longestPathBytes = 4_096;

/**
 * Where in its volume a file is: `a/./b//c` is `a/b/c`. Nothing that leads out of the volume is a path in it, nor what begins
 * with two dots, as the names do by which a volume is replaced at once.
 *
 * @throws ProviderError `InvalidInput` in kubelet's words.
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/volume/util/atomic_writer.go (`validatePath`)
 */
export function filePath(path: string): string {
  if (path === "") throw invalid(`must not be empty: ""`);
  if (path.startsWith("/")) throw invalid(`must be relative path: ${path}`);
  if (path.includes("\0")) throw invalid(`must not contain NUL: ${JSON.stringify(path)}`);
  if (Buffer.byteLength(path) > longestPathBytes)
    throw invalid(`must be less than or equal to ${longestPathBytes} characters`);
  const parts = path.split("/");
  if (parts.includes("..")) throw invalid(`must not contain '..': ${path}`);
  if (parts.some((part) => Buffer.byteLength(part) > longestNameBytes))
    throw invalid(`filenames must be less than or equal to ${longestNameBytes} characters`);
  const clean = parts.filter((part) => part !== "" && part !== ".");
  if (clean[0]?.startsWith("..")) throw invalid(`must not start with '..': ${path}`);
  if (clean.length === 0) throw invalid(`must name a file: ${path}`);
  return clean.join("/");
}

function invalid(why: string): ProviderError {
  return new ProviderError("InvalidInput", `invalid path: ${why}`);
}
