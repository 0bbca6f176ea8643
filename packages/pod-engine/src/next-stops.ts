import type { ContainerInstance, PodRecord } from "./container-runtime.ts";
import { type ContainerHistory, hasChanged, isAlive } from "./pod-history.ts";

/** By when a pod is to have ended. */
export interface PodDeadline {
  /** When everything still running is to be killed, in milliseconds since 1970. */
  readonly killAtMs: number;
  /** Whether containers get no grace at all. */
  readonly immediate: boolean;
}

export interface Stop {
  readonly instance: ContainerInstance;
  readonly gracePeriodSeconds: number;
  /** Why, where it is not the pod that ends. */
  readonly message?: string;
}

export interface Stops {
  readonly stops: readonly Stop[];
  /** When to look again, should nothing happen before. */
  readonly wakeAtMs?: number;
}

/** What a sidecar is given in any case, as kubelet's `minimumGracePeriodInSeconds`. */
const sidecarMinimumMs = 2000;
/** A kill may be planned this much later than wanted before it is asked for again. */
const toleranceMs = 500;

/** The deadline of a pod that is to end: because it is deleted, because it failed, or because its work was done at `completedAtMs`. */
export function deadlineOf({ pod, deletion, failure }: PodRecord, completedAtMs: number | undefined): PodDeadline {
  const graceMs = (pod.spec.terminationGracePeriodSeconds ?? 30) * 1000;
  const ends = [
    completedAtMs === undefined ? undefined : completedAtMs + graceMs,
    failure && failure.atMs + graceMs,
    deletion && deletion.requestedAtMs + deletion.gracePeriodSeconds * 1000,
  ].filter((end) => end !== undefined);
  return { killAtMs: Math.min(...ends), immediate: deletion?.gracePeriodSeconds === 0 };
}

/**
 * Whom to ask to end now. Sidecars go last, the one started last first, so that the others can use them until they end.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination-with-sidecar-containers
 */
export function nextStops(history: readonly ContainerHistory[], deadline: PodDeadline, nowMs: number): Stops {
  const alive = history.filter(isAlive);
  if (alive.length === 0) return { stops: [] };
  const isLate = deadline.immediate || nowMs >= deadline.killAtMs;
  const others = alive.filter(({ kind }) => kind !== "sidecar");
  const sidecars = alive.filter(({ kind }) => kind === "sidecar");
  // Ephemeral containers end at once, and nobody waits for them.
  const keepsSidecars = (entry: ContainerHistory): boolean =>
    (entry.kind === "init" || entry.kind === "regular") && (isAlive(entry) || entry.isStarting);
  const last = history.some(keepsSidecars) ? [] : sidecars.slice(-1);
  const turn = isLate ? alive : [...others, ...last];
  return {
    stops: turn.flatMap((entry) => stopOf(entry, deadline, nowMs)),
    ...(isLate ? {} : { wakeAtMs: deadline.killAtMs }),
  };
}

/**
 * Those that run another image than the pod asks for now: they end, to be started with it.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/kuberuntime/kuberuntime_manager.go (`computePodActions`)
 */
export function replacements({ pod }: PodRecord, history: readonly ContainerHistory[]): readonly Stop[] {
  const gracePeriodSeconds = pod.spec.terminationGracePeriodSeconds ?? 30;
  return history.flatMap((entry) => {
    const { last } = entry;
    if (!last || !isAlive(entry) || !hasChanged(entry) || last.stopByMs !== undefined) return [];
    const message = `Container ${entry.container.name} definition changed, will be restarted`;
    return [{ instance: last, gracePeriodSeconds, message }];
  });
}

function stopOf({ kind, last }: ContainerHistory, deadline: PodDeadline, nowMs: number): readonly Stop[] {
  if (!last) return [];
  const leastMs = kind === "sidecar" && !deadline.immediate ? sidecarMinimumMs : 0;
  const graceMs = Math.max(deadline.killAtMs - nowMs, leastMs, 0);
  const killMs = deadline.immediate ? 0 : graceMs;
  const isAsked =
    last.stopByMs !== undefined && last.stopByMs <= Math.max(nowMs + killMs, deadline.killAtMs) + toleranceMs;
  return isAsked ? [] : [{ instance: last, gracePeriodSeconds: killMs / 1000 }];
}
