import type { Registry } from "@prometheus-io/client";

/** One subject of the agent's metrics: what it hears, by the name of the `node:diagnostics_channel`. */
export interface Subject {
  readonly listeners?: Readonly<Record<string, (message: never) => void>>;
  /** Ends what it watches by itself. */
  [Symbol.dispose]?(): void;
}

/** Registers a subject's metrics. */
export type SubjectFactory = (registry: Registry) => Subject;
