/** The subjects of the suite, in the order in which it is run. */
export const checkAreas = [
  "pods",
  "containers",
  "watch",
  "restart",
  "deletion",
  "updates",
  "logs",
  "exec",
  "attach",
  "ports",
  "stats",
  "node",
  "features",
  "errors",
  "throttling",
  "consistency",
  "lists",
  "hangs",
] as const;

export type CheckArea = (typeof checkAreas)[number];

/** What a test runner hands to a test, as far as it is of use here: vitest's and node:test's contexts are both this. */
export interface CheckRunner {
  readonly signal?: AbortSignal;
  /** Marks the test as skipped. It may throw, as vitest's does. */
  skip?(reason: string): void;
}

/** How a check went, if it did not fail. */
export interface CheckOutcome {
  /** Why it could not be made; absent: it was made, and passed. */
  readonly skipped?: string;
}

/** One sentence of the contract, and how to see whether a provider keeps it. */
export interface ConformanceCheck {
  /** Area and a word or two: `deletion.grace-over`. It stays the same from version to version. */
  readonly id: string;
  readonly area: CheckArea;
  /** A sentence. */
  readonly name: string;
  /** Why it will not be made, where that is known beforehand. */
  readonly skip?: string;
  /** The longest that it may take, for runners that want to know. */
  readonly timeoutMs: number;
  /**
   * Makes the check. Rejects when the provider does not keep the sentence. What can be known only from the provider, that it
   * has no `exec` say, is told to the runner's `skip` and in the outcome.
   */
  run(runner?: CheckRunner): Promise<CheckOutcome>;
}
