/** What tells one sample of a family from another; the values may hold anything. */
export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels?: Labels;
  readonly value: number;
  /** When it was read, in milliseconds since 1970; absent: when it is asked for. */
  readonly timeMs?: number | undefined;
}

/** The samples of one metric, under its name. */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge";
  readonly samples: readonly Sample[];
}
