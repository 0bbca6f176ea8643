import type { ScenarioRow } from "../scenario.ts";

/** What became of one scenario. */
export interface ScenarioResult extends ScenarioRow {
  /** The test file, as the report names it. */
  readonly file: string;
  /** The whole name of the test. */
  readonly name: string;
  readonly outcome: "passed" | "failed" | "skipped";
  /** The first line of why it failed. */
  readonly failure?: string;
}

/** What is read of the report that vitest's `json` reporter writes. */
interface Report {
  /** Absent when there was no run. */
  readonly testResults?: readonly {
    readonly name: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages?: readonly string[] | null;
      readonly meta?: { readonly fault?: ScenarioRow };
    }[];
  }[];
}

/** The scenarios of a report, in the order of their numbers. Other tests are left out. */
export function scenarioResults(report: string): readonly ScenarioResult[] {
  const { testResults = [] } = JSON.parse(report) as Report;
  const results = testResults.flatMap(({ name: file, assertionResults }) =>
    assertionResults.flatMap(({ fullName, status, failureMessages, meta }): ScenarioResult[] => {
      if (!meta?.fault) return [];
      const outcome = status === "passed" || status === "failed" ? status : "skipped";
      const failure = firstLine(failureMessages?.[0]);
      return [
        {
          ...meta.fault,
          file,
          name: fullName.trim(),
          outcome,
          ...(outcome === "failed" && failure ? { failure } : {}),
        },
      ];
    }),
  );
  return results.toSorted((a, b) => (a.number === b.number ? 0 : a.number < b.number ? -1 : 1));
}

function firstLine(message: string | undefined): string | undefined {
  return message?.split("\n", 1)[0];
}
