import type { NotApplicable } from "./not-applicable.ts";
import type { SuiteCase } from "./suite-case.ts";

export interface Choice {
  /** Those to run. */
  readonly run: readonly SuiteCase[];
  readonly notApplicable: readonly (SuiteCase & { readonly reason: string })[];
}

export interface ChoiceOptions {
  readonly table: readonly NotApplicable[];
  /** Only these: names without their labels at the end. */
  readonly only?: readonly string[];
  /** Only those that one of these matches; none: all. */
  readonly patterns?: readonly RegExp[];
}

/**
 * What is run of a catalogue, and what is not.
 *
 * @throws {Error} when the table, or the list, has something that the suite no longer has.
 */
export function chooseCases(catalogue: readonly SuiteCase[], { table, only, patterns = [] }: ChoiceOptions): Choice {
  refuseStale(catalogue, { table, ...(only ? { only } : {}) });
  const chosen = catalogue
    .filter(({ name }) => only === undefined || only.includes(withoutLabels(name)))
    .filter(({ name }) => patterns.length === 0 || patterns.some((pattern) => pattern.test(name)));
  const reasoned = chosen.map((each) => ({ ...each, reason: reasonOf(each, table) }));
  return {
    run: chosen.filter((each) => reasonOf(each, table) === undefined),
    notApplicable: reasoned.flatMap(({ reason, ...each }) => (reason === undefined ? [] : [{ ...each, reason }])),
  };
}

function reasonOf({ name }: SuiteCase, table: readonly NotApplicable[]): string | undefined {
  return table.find(({ matches }) => matches.test(name))?.reason;
}

function refuseStale(catalogue: readonly SuiteCase[], { table, only = [] }: ChoiceOptions): void {
  const idle = table.filter(({ matches }) => !catalogue.some(({ name }) => matches.test(name)));
  const known = new Set(catalogue.map(({ name }) => withoutLabels(name)));
  const lost = only.filter((name) => !known.has(name));
  const what = [...idle.map(({ matches }) => String(matches)), ...lost.map((name) => `"${name}"`)];
  if (what.length > 0) throw new Error(`The suite has no case any more that this is about: ${what.join(", ")}`);
}

/** `[sig-node] Secrets should be patched [Conformance] [Slow]` is `[sig-node] Secrets should be patched`. */
export function withoutLabels(name: string): string {
  return name.replace(/( \[[^\]]*\])+$/, "");
}
