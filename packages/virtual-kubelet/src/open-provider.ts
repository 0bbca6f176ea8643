import { type ProviderDeadlines, defaultDeadlines, providerCall } from "@virtual-kubelet/controllers";
import { type Provider, type ProviderContext, ProviderError, type ProviderFactory } from "@virtual-kubelet/provider";

export interface OpenProviderOptions {
  readonly context: ProviderContext;
  readonly deadlines?: ProviderDeadlines | undefined;
  readonly signal: AbortSignal;
}

const required = ["createPod", "deletePod", "getPod", "getPods"] as const;

/**
 * A provider that is made here ends here; one that was handed in is its owner's. Neither may keep the node waiting for ever.
 *
 * @throws {ProviderError} when it cannot be made in its time, or is none: the node would take pods that nobody runs.
 */
export async function openProvider(
  provider: Provider | ProviderFactory,
  { context, deadlines: { changeMs: timeoutMs } = defaultDeadlines, signal }: OpenProviderOptions,
): Promise<AsyncDisposable & { readonly provider: Provider }> {
  if (typeof provider !== "function")
    return { provider: checkedProvider(provider), [Symbol.asyncDispose]: async () => {} };
  const end = async (made: Provider | undefined): Promise<void> => {
    const unhurried = new AbortController().signal;
    await providerCall("asyncDispose", { signal: unhurried, timeoutMs }, () => made?.[Symbol.asyncDispose]?.());
  };
  const making = Promise.withResolvers<Provider>();
  try {
    const made = await providerCall("create", { signal, timeoutMs }, () => {
      making.resolve(provider(context));
      return making.promise;
    });
    return { provider: checkedProvider(made), [Symbol.asyncDispose]: () => end(made) };
  } catch (error) {
    // One that comes after all, or is none, is nobody's: what it holds must not stay open.
    void making.promise.then(end).catch(() => {});
    throw error;
  }
}

/** A provider is written by others, and may be plain JavaScript. */
function checkedProvider(provider: Provider): Provider {
  const given = (provider ?? {}) as Partial<Provider>;
  const missing = required.filter((verb) => typeof given[verb] !== "function");
  if (missing.length > 0) {
    const needed = `it needs at least ${required.slice(0, -1).join(", ")} and ${required.at(-1)}`;
    throw new ProviderError("InvalidInput", `The provider lacks ${missing.join(", ")}: ${needed}`);
  }
  if (given.features !== undefined && !Array.isArray(given.features))
    throw new ProviderError("InvalidInput", "The provider's features are no list");
  return provider;
}
