/** How long things take on a backend. A fake one is quick, a cloud is not. */
export interface Timings {
  /** The pause between two things that a workload does: long enough for the backend's clock to tell them apart. 300 when absent. */
  readonly stepMs: number;
  /** How long an accepted pod may take until it runs, and one that is to end until its end is seen. 30,000 when absent. */
  readonly startMs: number;
  /** How long a container may take to be started again. 60,000 when absent. */
  readonly restartMs: number;
  /** How soon an abort, a refusal or any single call must be over. 10,000 when absent. */
  readonly soonMs: number;
  /** The pause between two looks at what is awaited. 50 when absent. */
  readonly lookMs: number;
  /** The grace that pods get when they are deleted, in seconds. 2 when absent. */
  readonly graceSeconds: number;
}

export const defaultTimings: Timings = {
  stepMs: 300,
  startMs: 30_000,
  restartMs: 60_000,
  soonMs: 10_000,
  lookMs: 50,
  graceSeconds: 2,
};
