import type { Pod } from "@virtual-kubelet/kubernetes";

/** A pod of a Job that has ended, perhaps long gone. */
export interface EndedPod {
  readonly uid: string;
  readonly succeeded: boolean;
  readonly endedAtMs: number;
}

/** How a pod ended, undefined while it runs. One that is being deleted counts as failed unless it still succeeds (`isPodFailed`). */
export function endOf(pod: Pod, nowMs: number): EndedPod | undefined {
  const phase = pod.status?.phase;
  const ended = phase === "Succeeded" || phase === "Failed" || pod.metadata.deletionTimestamp !== undefined;
  if (!ended) return undefined;
  return { uid: pod.metadata.uid, succeeded: phase === "Succeeded", endedAtMs: endTime(pod) ?? nowMs };
}

function endTime(pod: Pod): number | undefined {
  const finished = (pod.status?.containerStatuses ?? []).map(({ state }) =>
    Date.parse(state?.terminated?.finishedAt ?? ""),
  );
  const known = finished.filter((time) => !Number.isNaN(time));
  if (known.length > 0) return Math.max(...known);
  return Date.parse(pod.metadata.deletionTimestamp ?? "") || undefined;
}

/** A delay that doubles with each failure since the last success, up to ten minutes (`podBackoff`). */
export function nextStartMs(ended: readonly EndedPod[], firstDelayMs: number): number {
  const lastSuccess = Math.max(0, ...ended.filter(({ succeeded }) => succeeded).map(({ endedAtMs }) => endedAtMs));
  const failures = ended.filter(({ succeeded, endedAtMs }) => !succeeded && endedAtMs > lastSuccess);
  if (failures.length === 0) return 0;
  const delayMs = Math.min(firstDelayMs * 2 ** (failures.length - 1), 60 * firstDelayMs);
  return Math.max(...failures.map(({ endedAtMs }) => endedAtMs)) + delayMs;
}

/**
 * The ends of the pods of each Job. They are kept after the pods are gone, so that a pod deleted by hand or by its node's end is counted for ever;
 * the real controller keeps the pods themselves for this, with a finalizer.
 */
export class EndedPods {
  readonly #ends = new Map<string, Map<string, EndedPod>>();
  readonly #dropped = new Map<string, Set<string>>();

  of(job: string): readonly EndedPod[] {
    return [...(this.#ends.get(job)?.values() ?? [])];
  }

  /** The first report of an end stands; a pod that was being deleted may still turn out to have succeeded. */
  record(job: string, end: EndedPod): void {
    const ends = this.#ends.get(job) ?? new Map<string, EndedPod>();
    if (this.#dropped.get(job)?.has(end.uid) || ends.get(end.uid)?.succeeded === end.succeeded) return;
    this.#ends.set(job, ends.set(end.uid, end));
  }

  /** The Job itself gives this pod up: its end is neither success nor failure. */
  drop(job: string, pod: string): void {
    this.#dropped.set(job, (this.#dropped.get(job) ?? new Set()).add(pod));
  }

  forget(job: string): void {
    this.#ends.delete(job);
    this.#dropped.delete(job);
  }
}
