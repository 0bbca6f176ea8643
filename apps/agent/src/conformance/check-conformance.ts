import type { ConformanceCheck } from "@virtual-kubelet/provider-testkit";
import { nearestName } from "../config/nearest-name.ts";
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
  /** Checks not to be made, by id: why not. */
  readonly skips: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Given whole lines. */
  readonly print: (text: string) => void;
}

/**
 * Makes the checks of the contract on the provider's own backend, and prints each as it is over. Gives the exit code: 1 when one
 * has failed, and when the signal has ended it. Throws a `UsageError` when the settings do not fit.
 */
export async function checkConformance(settings: Settings, call: ConformanceCall): Promise<number> {
  const { image, only, skips, signal, print } = call;
  const name = settings.config.provider ?? noProvider(settings.directories);
  const [{ provider, module }, { conformance, runConformance, shellWorkloads }] = await Promise.all([
    loadProvider(name, settings.directories),
    import("@virtual-kubelet/provider-testkit"),
  ]);
  const create = await factoryOf(provider, settings.providerOptions);
  const target = { create, workloads: shellWorkloads({ image }), skips };
  requireKnown(conformance({ ...target, skips: {} }), call);
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

function requireKnown(checks: readonly ConformanceCheck[], { only, skips }: ConformanceCall): void {
  const ids = new Set(checks.map(({ id }) => id));
  const areas = new Set(checks.map(({ area }): string => area));
  if (only !== undefined && !ids.has(only) && !areas.has(only)) {
    throw new UsageError(`There is no area and no check "${only}". Areas are ${[...areas].join(", ")}.`);
  }
  const unknown = Object.keys(skips).find((id) => !ids.has(id));
  if (unknown === undefined) return;
  const nearest = nearestName(unknown, ids);
  throw new UsageError(`--skip: there is no check "${unknown}"${nearest ? `, did you mean "${nearest}"?` : "."}`);
}
