import { conformance } from "./conformance.ts";
import type { CheckArea, ConformanceCheck } from "./conformance-check.ts";
import type { ConformanceTarget } from "./conformance-target.ts";
import { within } from "./scene/within.ts";

/** How one check went. */
export type ConformanceResult = {
  readonly id: string;
  readonly area: CheckArea;
  readonly name: string;
  readonly durationMs: number;
} & (
  | { readonly outcome: "passed" }
  | { readonly outcome: "failed"; readonly error: unknown }
  | { readonly outcome: "skipped"; readonly reason: string }
);

export interface ConformanceRun {
  readonly signal?: AbortSignal;
  /** Only the checks of this area, or the one of this id. */
  readonly only?: string;
  /** Told of each check as it is over. */
  onResult?(result: ConformanceResult): void;
}

/**
 * Makes the checks one after another, and gives what came of each. A check that fails is a result; what rejects is the signal.
 *
 * @throws {Error} When `only` names neither an area nor a check.
 */
export async function runConformance(
  target: ConformanceTarget,
  run: ConformanceRun = {},
): Promise<readonly ConformanceResult[]> {
  const { signal, only } = run;
  const all = conformance(target);
  const chosen = only === undefined ? all : all.filter(({ id, area }) => id === only || area === only);
  if (chosen.length === 0) {
    const areas = [...new Set(all.map(({ area }) => area))];
    throw new Error(`There is no check and no area "${only}". Areas are ${areas.join(", ")}.`);
  }
  const results: ConformanceResult[] = [];
  for (const check of chosen) {
    signal?.throwIfAborted();
    const result = await resultOf(check, signal);
    results.push(result);
    run.onResult?.(result);
  }
  return results;
}

async function resultOf(check: ConformanceCheck, signal?: AbortSignal): Promise<ConformanceResult> {
  const { id, area, name, timeoutMs } = check;
  const began = performance.now();
  const end = new AbortController();
  const cancelled = signal ? AbortSignal.any([signal, end.signal]) : end.signal;
  const facts = () => ({ id, area, name, durationMs: Math.round(performance.now() - began) });
  try {
    const { skipped } = await within(check.run({ signal: cancelled }), timeoutMs, "The check");
    return skipped === undefined
      ? { ...facts(), outcome: "passed" }
      : { ...facts(), outcome: "skipped", reason: skipped };
  } catch (error) {
    signal?.throwIfAborted();
    return { ...facts(), outcome: "failed", error };
  } finally {
    end.abort();
  }
}
