import { UsageError } from "../usage-error.ts";
import type { Settings } from "../config/settings.ts";
import { loadProvider } from "../load-provider.ts";
import { factoryOf, noProvider } from "../run-agent.ts";
import { resultText, summaryText } from "./result-text.ts";

export interface ConformanceCall {
  /** What containers run. */
  readonly image: string;
  /** An area or a check; all of them when absent. */
  readonly only?: string;
  readonly signal: AbortSignal;
  /** Given whole lines. */
  readonly print: (text: string) => void;
}

/**
 * Makes the checks of the contract on the provider's own backend, and prints each as it is over. Gives the exit code: 1 when one
 * has failed, and when the signal has ended it. Throws a `UsageError` when the settings do not fit.
 */
export async function checkConformance(settings: Settings, call: ConformanceCall): Promise<number> {
  const { image, only, signal, print } = call;
  const name = settings.config.provider ?? noProvider(settings.directories);
  const [{ provider, module }, { conformance, runConformance, shellWorkloads }] = await Promise.all([
    loadProvider(name, settings.directories),
    import("@virtual-kubelet/provider-testkit"),
  ]);
  const target = { create: await factoryOf(provider, settings.providerOptions), workloads: shellWorkloads({ image }) };
  const isKnown = only === undefined || conformance(target).some(({ id, area }) => only === id || only === area);
  if (!isKnown) throw new UsageError(`There is no area and no check "${only}". ${areasText(conformance(target))}`);
  print(`${provider.providerName}  ${module}\n`);
  try {
    const onResult = (result: Parameters<typeof resultText>[0]) => print(resultText(result));
    const results = await runConformance(target, { signal, onResult, ...(only === undefined ? {} : { only }) });
    print(summaryText(results));
    return results.some(({ outcome }) => outcome === "failed") ? 1 : 0;
  } catch (error) {
    if (!signal.aborted) throw error;
    print("Stopped before the end; what had been made is removed.\n");
    return 1;
  }
}

function areasText(checks: readonly { readonly area: string }[]): string {
  return `Areas are ${[...new Set(checks.map(({ area }) => area))].join(", ")}.`;
}
