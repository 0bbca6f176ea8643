import type { Container, ContainerStatus, Pod, PodStatus } from "@virtual-kubelet/kubernetes";
import { podPhase } from "@virtual-kubelet/pod-toolkit";
import { type Progress, progressOf } from "./container-progress.ts";
import type { InstanceRef, PodRecord } from "./container-runtime.ts";
import { containerStatusOf, podText, timeText } from "./container-state.ts";
import { type Stop, type Stops, deadlineOf, nextStops, replacements } from "./next-stops.ts";
import { type ContainerHistory, type ContainerKind, type PodSituation, historyOf, isAlive } from "./pod-history.ts";
import { type Backoff, kubeletBackoff } from "./restart-rules.ts";

/** Something to be done to a pod now. Doing it twice is harmless. */
export type Action =
  | { readonly type: "start"; readonly container: Container; readonly attempt: number; readonly backoffMs: number }
  | ({ readonly type: "stop" } & Stop)
  | { readonly type: "forget"; readonly instance: InstanceRef }
  /** Say that a container is left alone for a while; once per run. */
  | { readonly type: "backOff"; readonly instance: InstanceRef; readonly message: string };

/** What follows from a situation. */
export interface Decision {
  readonly actions: readonly Action[];
  readonly status: PodStatus;
  /** Nothing runs and nothing will be started. */
  readonly ended: boolean;
  /** To be kept in the pod's record: the node ends the pod for this reason. */
  readonly failure?: NonNullable<PodRecord["failure"]>;
  /** When to decide again, should nothing happen before; milliseconds since 1970. */
  readonly wakeAtMs?: number;
}

export interface DecisionOptions {
  readonly nowMs: number;
  readonly backoff?: Backoff;
  /** Where the pod's processes listen. */
  readonly addresses?: { readonly podIPs: readonly string[]; readonly hostIPs: readonly string[] };
}

/** A kubelet's next steps with a pod: a function of what is wanted, what there is, and the time. */
export function nextSteps(situation: PodSituation, options: DecisionOptions): Decision {
  const { nowMs, backoff = kubeletBackoff } = options;
  const history = historyOf(situation);
  const progress = progressOf(situation.record.pod, history, backoff);
  const failure = situation.record.failure ?? deadlineFailure(situation.record, { history, progress, nowMs });
  const record = failure ? { ...situation.record, failure } : situation.record;

  const isEnding = record.deletion !== undefined || failure !== undefined;
  const starts: Starts = isEnding || progress.completed ? { actions: [] } : startsOf(record.pod, progress, nowMs);
  const deadline = deadlineOf(record, progress.completed ? lastEnd(history) : undefined);
  const stops: Stops =
    isEnding || progress.completed ? nextStops(history, deadline, nowMs) : { stops: replacements(record, history) };
  const alive = history.some((entry) => isAlive(entry) || entry.isStarting);
  const wakeAtMs = earliest([starts.wakeAtMs, stops.wakeAtMs, isEnding ? undefined : activeUntil(record)], nowMs);
  return {
    actions: [
      ...starts.actions,
      ...stops.stops.map((stop) => ({ type: "stop" as const, ...stop })),
      ...history.flatMap(({ older }) => older.map((instance) => ({ type: "forget" as const, instance }))),
    ],
    status: statusOf(record, { history, progress, isEnding, alive, options }),
    ended: !alive && (isEnding || progress.completed),
    ...(failure ? { failure } : {}),
    ...(wakeAtMs === undefined ? {} : { wakeAtMs }),
  };
}

interface Starts {
  readonly actions: readonly Action[];
  readonly wakeAtMs?: number;
}

function startsOf(pod: Pod, progress: Progress, nowMs: number): Starts {
  const actions: Action[] = [];
  const wakes: number[] = [];
  for (const [{ container, last, isStarting, failure }, { atMs, backoffMs }] of progress.due) {
    const dueMs = Math.max(atMs, failure?.retryAtMs ?? 0);
    if (isStarting) continue;
    if (dueMs <= nowMs) {
      actions.push({ type: "start", container, attempt: last ? last.attempt + 1 : 0, backoffMs });
      continue;
    }
    wakes.push(dueMs);
    if (last && atMs > nowMs) {
      const message = `Back-off restarting failed container ${container.name} in pod ${podText(pod)}`;
      actions.push({ type: "backOff", instance: last, message });
    }
  }
  return wakes.length > 0 ? { actions, wakeAtMs: Math.min(...wakes) } : { actions };
}

interface Scene {
  readonly history: readonly ContainerHistory[];
  readonly progress: Progress;
  readonly isEnding: boolean;
  readonly alive: boolean;
  readonly options: DecisionOptions;
}

function statusOf(record: PodRecord, scene: Scene): PodStatus {
  const { history, progress, isEnding, alive, options } = scene;
  const { pod, failure } = record;
  const hasInit = history.some(({ kind }) => kind === "init" || kind === "sidecar");
  const statusIn = (entry: ContainerHistory): ContainerStatus =>
    containerStatusOf(entry, {
      pod,
      nowMs: options.nowMs,
      isEnding: isEnding && !alive,
      restart: isEnding ? undefined : progress.due.get(entry),
      waitingReason: hasInit && !progress.initialized ? "PodInitializing" : "ContainerCreating",
    });
  const statusesOf = (...kinds: readonly ContainerKind[]) =>
    history.filter(({ kind }) => kinds.includes(kind)).map(statusIn);
  const ephemeral = statusesOf("ephemeral");
  const statuses = {
    ...(hasInit ? { initContainerStatuses: statusesOf("init", "sidecar") } : {}),
    containerStatuses: statusesOf("regular"),
    ...(ephemeral.length > 0 ? { ephemeralContainerStatuses: ephemeral } : {}),
  };
  const ended = !alive && (isEnding || progress.completed);
  const phase = podPhase(pod, statuses, { ended });
  const isTerminal = phase === "Succeeded" || phase === "Failed";
  const activePhase = progress.initialized ? "Running" : "Pending";
  return {
    // As with a kubelet, a pod is over when its last process is, sidecars included, and none is started again, by a rule
    // of its container's own too; and one that was cut off has failed.
    phase: isTerminal && !ended ? activePhase : failure && !alive ? "Failed" : phase,
    ...(failure ? { reason: failure.reason, message: failure.message } : {}),
    startTime: timeText(record.acceptedAtMs),
    ...addressesOf(options),
    ...statuses,
  };
}

function addressesOf({ addresses }: DecisionOptions): Partial<PodStatus> {
  const [podIP] = addresses?.podIPs ?? [];
  const [hostIP] = addresses?.hostIPs ?? [];
  return {
    ...(hostIP ? { hostIP, hostIPs: addresses?.hostIPs.map((ip) => ({ ip })) ?? [] } : {}),
    ...(podIP ? { podIP, podIPs: addresses?.podIPs.map((ip) => ({ ip })) ?? [] } : {}),
  };
}

/** @see https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/active_deadline.go */
function deadlineFailure(
  record: PodRecord,
  { history, progress, nowMs }: Pick<Scene, "history" | "progress"> & { readonly nowMs: number },
): PodRecord["failure"] {
  const untilMs = activeUntil(record);
  if (untilMs === undefined || nowMs < untilMs || record.deletion) return undefined;
  if (progress.completed && lastEnd(history) < untilMs) return undefined;
  const message = "Pod was active on the node longer than the specified deadline";
  return { atMs: nowMs, reason: "DeadlineExceeded", message };
}

function activeUntil({ pod, acceptedAtMs }: PodRecord): number | undefined {
  const seconds = pod.spec.activeDeadlineSeconds;
  return seconds === undefined ? undefined : acceptedAtMs + seconds * 1000;
}

/** When the last run of the pod's work ended; 0 when none has. */
function lastEnd(history: readonly ContainerHistory[]): number {
  return Math.max(
    0,
    ...history.map(({ kind, last }) =>
      kind === "sidecar" || kind === "ephemeral" ? 0 : (last?.end?.finishedAtMs ?? 0),
    ),
  );
}

function earliest(times: readonly (number | undefined)[], nowMs: number): number | undefined {
  const coming = times.filter((time) => time !== undefined && time > nowMs) as number[];
  return coming.length > 0 ? Math.min(...coming) : undefined;
}
