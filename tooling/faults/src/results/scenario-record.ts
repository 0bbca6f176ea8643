import type { ScenarioResult } from "./scenario-result.ts";

/** What is kept of a scenario that was run. */
export interface ScenarioRecord {
  readonly number: string;
  readonly title: string;
  readonly expected: string;
  /** The files that keep the promise, from the root of the workspace. */
  readonly guards: readonly string[];
  /** What was seen when it was last recorded; absent: not run yet. */
  readonly seen?: string;
}

/**
 * The record after a run: of a scenario that was left out it says what it said before, and of one that is no more nothing.
 *
 * @throws {Error} when one failed: that is no run to keep.
 */
export function mergedRecord(
  before: readonly ScenarioRecord[],
  results: readonly ScenarioResult[],
): readonly ScenarioRecord[] {
  return results.map((result) => {
    const { number, title, expected, outcome, seen = "as expected" } = result;
    if (outcome === "failed") throw new Error(`Scenario ${number} failed, so nothing is recorded: ${title}`);
    const known = before.find((record) => record.number === number && record.title === title);
    const saw = outcome === "passed" ? seen : known?.seen;
    const guards = [...new Set(result.guards.map(({ file }) => file))];
    return { number, title, expected, guards, ...(saw === undefined ? {} : { seen: saw }) };
  });
}
