import type { DefinedProvider, PodFeatures } from "@virtual-kubelet/provider";
import type { Settings } from "../config/settings.ts";
import { checkOptions, mistakeText } from "../config/check-options.ts";
import { providerText } from "./list-providers.ts";
import { loadProvider } from "../load-provider.ts";

/** How long a provider may take to be made, and to end. */
const limitMs = 10_000;

/** What `virtual-kubelet providers NAME` prints: where it is, what options it takes, and what it makes of the fields of a pod. */
export async function describeProvider(name: string, settings: Settings): Promise<string> {
  const { provider, module } = await loadProvider(name, settings.directories);
  return `${providerText(provider, module)}\n${await featuresText(provider, settings.providerOptions.value)}`;
}

/** A provider knows its features when it is made: with its options, for a node that there is not. */
async function featuresText(provider: DefinedProvider, options: unknown): Promise<string> {
  const { mistakes } = await checkOptions(provider.schema, options);
  if (mistakes) {
    return `To see what it makes of a pod, give its options by --config or --provider-config: ${mistakes.map(mistakeText).join("; ")}\n`;
  }
  try {
    const features = await featuresOf(provider, options);
    if (!features) return "It says nothing of what it makes of a pod: all of it is handed over.\n";
    const { featureTable } = await import("@virtual-kubelet/pod-toolkit");
    return featureTable(features);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return `What it makes of a pod cannot be told, because the provider cannot be made: ${problem}\n`;
  }
}

async function featuresOf(provider: DefinedProvider, options: unknown): Promise<PodFeatures | undefined> {
  const { lendingContext } = await import("@virtual-kubelet/provider-testkit");
  const made = await withinLimit(provider(options)(lendingContext({ nodeName: "virtual-kubelet" })));
  const { features } = made;
  await withinLimit(made[Symbol.asyncDispose]?.());
  return features;
}

async function withinLimit<T>(result: PromiseLike<T> | T): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`it was not done within ${limitMs / 1000} s`)), limitMs);
  try {
    return await Promise.race([result, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
