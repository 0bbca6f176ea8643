import type { Pod } from "@virtual-kubelet/kubernetes";
import { type ContainerHistory, hasChanged, isAlive } from "./pod-history.ts";
import { type Backoff, type Restart, exitCodeOf, initRestarts, restartAfter, restarts } from "./restart-rules.ts";

/** Which containers are due to be started, and whether the pod has run its course. */
export interface Progress {
  /** Whether all init containers are through, or have been once. */
  readonly initialized: boolean;
  /** The pod has ended by itself: only its sidecars are left to be stopped. */
  readonly completed: boolean;
  /** Containers that are to run and do not, with the earliest time. */
  readonly due: ReadonlyMap<ContainerHistory, Restart>;
}

/**
 * How far a pod is that nobody has asked to end. Init containers run one after another; a sidecar among them has to run
 * before the next one starts, and regular containers start together when all are through. Ephemeral containers are
 * nobody's condition.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/kuberuntime/kuberuntime_manager.go (`computePodActions`)
 */
export function progressOf(pod: Pod, history: readonly ContainerHistory[], backoff: Backoff): Progress {
  const due = new Map<ContainerHistory, Restart>();
  const regular = history.filter(({ kind }) => kind === "regular");
  const init = history.filter(({ kind }) => kind === "init" || kind === "sidecar");
  const begun = regular.some(({ last }) => last !== undefined);
  // One that has been started, in vain even, is never started again; and it waits for no other container.
  for (const entry of history) if (entry.kind === "ephemeral" && !entry.last) due.set(entry, nextStart(entry, backoff));
  const stage = begun ? "passed" : initialize(pod, init, { due, backoff });
  if (stage === "failed") return { initialized: false, completed: true, due: new Map() };
  if (stage === "blocked") return { initialized: false, completed: false, due };

  const completed = regular.every((entry) => endedForGood(pod, entry));
  if (completed) return { initialized: true, completed, due: new Map() };
  for (const entry of history) {
    if (entry.kind === "init" || entry.kind === "ephemeral") continue;
    if (isAlive(entry) || endedForGood(pod, entry)) continue;
    due.set(entry, nextStart(entry, backoff));
  }
  return { initialized: true, completed, due };
}

interface Plan {
  readonly due: Map<ContainerHistory, Restart>;
  readonly backoff: Backoff;
}

/** Walks the init containers up to the first that is not through, and says what is due there. */
function initialize(
  pod: Pod,
  init: readonly ContainerHistory[],
  { due, backoff }: Plan,
): "passed" | "blocked" | "failed" {
  for (const entry of init) {
    if (isThrough(entry)) continue;
    if (isAlive(entry)) return "blocked";
    const end = entry.last?.end;
    if (end && !initRestarts(pod, entry.container, exitCodeOf(end))) return "failed";
    due.set(entry, nextStart(entry, backoff));
    return "blocked";
  }
  return "passed";
}

function isThrough(entry: ContainerHistory): boolean {
  if (entry.kind === "sidecar") return isAlive(entry);
  return entry.last?.end !== undefined && exitCodeOf(entry.last.end) === 0;
}

function endedForGood(pod: Pod, entry: ContainerHistory): boolean {
  const { kind, container, last } = entry;
  if (kind === "sidecar" || !last?.end) return false;
  // It was ended to be started with another image, whatever the policy.
  if (last.stopByMs !== undefined && hasChanged(entry)) return false;
  return !restarts(pod, container, exitCodeOf(last.end));
}

function nextStart(entry: ContainerHistory, backoff: Backoff): Restart {
  const { last } = entry;
  return last?.end && !hasChanged(entry) ? restartAfter(last, last.end, backoff) : { atMs: 0, backoffMs: 0 };
}
