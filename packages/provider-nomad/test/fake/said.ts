import type { FakeAllocation, FakeJob } from "./state.ts";

/** As Nomad says what is empty in a job: it is not there. */
export function saidJob(job: FakeJob): FakeJob {
  return emptied(job) as FakeJob;
}

/** What lists leave out of a job. */
export function saidJobStub(job: FakeJob): object {
  return without(job, "TaskGroups", "Constraints", "Affinities");
}

/** An allocation as it is said alone, and in events: what is not known is left out. */
export function saidAllocation(allocation: FakeAllocation): FakeAllocation {
  const whole = Object.entries(without(allocation, "JobVersion")).filter(([, value]) => value !== "" && value !== null);
  return Object.fromEntries(whole) as unknown as FakeAllocation;
}

/** An allocation as lists say it. */
export function saidAllocationStub(allocation: FakeAllocation, ...less: readonly string[]): object {
  return without(allocation, "NetworkStatus", ...less);
}

export function without(whole: object, ...names: readonly string[]): object {
  return Object.fromEntries(Object.entries(whole).filter(([name]) => !names.includes(name)));
}

function emptied(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? null : value.map(emptied);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  return entries.length === 0 ? null : Object.fromEntries(entries.map(([name, each]) => [name, emptied(each)]));
}
