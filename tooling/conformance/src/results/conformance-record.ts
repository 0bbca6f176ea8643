import type { CaseResult } from "./case-result.ts";

/** What was found of one release of Kubernetes. */
export interface ConformanceRecord {
  readonly release: string;
  /** By area, in the order of the areas, and by name. */
  readonly areas: Readonly<Record<string, Readonly<Record<string, KeptResult>>>>;
}

export type KeptResult = Pick<CaseResult, "outcome" | "reason">;

/** A run of some cases changes what is known of these; what was found on another release counts no more, nor what the suite no longer has. */
export function mergedRecord(
  before: ConformanceRecord | undefined,
  now: { readonly release: string; readonly results: readonly CaseResult[]; readonly known: readonly string[] },
): ConformanceRecord {
  const known = new Set(now.known);
  const old = before?.release === now.release ? Object.entries(before.areas) : [];
  const kept = old.flatMap(([area, cases]) =>
    Object.entries(cases)
      .filter(([name]) => known.has(name))
      .map(([name, result]) => ({ area, name, ...result })),
  );
  const newest = new Map([...kept, ...now.results].map((each) => [each.name, each]));
  const inOrder = now.known.flatMap((name) => newest.get(name) ?? []);
  const areas = Object.entries(Object.groupBy(inOrder, ({ area }) => area)).map(([area, cases = []]) => [
    area,
    Object.fromEntries(cases.map(({ name, outcome, reason }) => [name, { outcome, ...(reason ? { reason } : {}) }])),
  ]);
  return { release: now.release, areas: Object.fromEntries(areas) };
}
