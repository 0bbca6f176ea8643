import { ProviderError } from "@virtual-kubelet/provider";

/** What an answer says; `undefined` when it is empty, `Unavailable` when it is not JSON: what came is not Nomad's, or not whole. */
export function parsed(text: string, what: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Without the cause: it quotes the answer, which may be a secret.
    throw new ProviderError(
      "Unavailable",
      `${what}: the answer is not JSON: does something else than Nomad answer there?`,
    );
  }
}
