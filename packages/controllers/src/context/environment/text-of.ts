import { ProviderError } from "@virtual-kubelet/provider";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Bytes as the text that a variable has to be.
 *
 * @param what Says in the error what is no text; the error says nothing of the bytes.
 * @throws ProviderError `InvalidInput`: a container runtime would not take it either, and with other characters in its place a
 * key or a password would be a wrong one that nobody notices.
 */
export function textOf(bytes: Uint8Array, what: string): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new ProviderError(
      "InvalidInput",
      `${what} is not UTF-8 text, which an environment variable has to be; mount it as a file`,
    );
  }
}
