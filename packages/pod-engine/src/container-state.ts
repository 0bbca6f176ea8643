import type { ContainerState, ContainerStatus, Pod } from "@virtual-kubelet/kubernetes";
import {
  type ContainerEnd,
  type ContainerFacts,
  ephemeralStatus,
  runningContainer,
  terminatedContainer,
  unknownEnd,
  waitingContainer,
} from "@virtual-kubelet/pod-toolkit";
import type { ContainerInstance, InstanceEnd } from "./container-runtime.ts";
import type { ContainerHistory } from "./pod-history.ts";
import { type Restart, durationText, exitCodeOf } from "./restart-rules.ts";

/** How a container's place in the pod colours its status. */
export interface ContainerPlace {
  readonly pod: Pod;
  readonly nowMs: number;
  /** Nothing is started any more. */
  readonly isEnding: boolean;
  /** When it is to be started, if it is. */
  readonly restart: Restart | undefined;
  /** What a container waits for that has never run. */
  readonly waitingReason: "PodInitializing" | "ContainerCreating";
}

/** A container's status, as a kubelet shows it. */
export function containerStatusOf(entry: ContainerHistory, place: ContainerPlace): ContainerStatus {
  const status = statusOfRun(entry, place);
  return entry.kind === "ephemeral" ? ephemeralStatus(status) : status;
}

function statusOfRun(entry: ContainerHistory, place: ContainerPlace): ContainerStatus {
  const { kind, last, previous, failure } = entry;
  if (!last) return neverRun(entry, place);
  const container = { ...entry.container, ...(last.image === undefined ? {} : { image: last.image }) };
  const facts = factsOf(last, previous);
  if (!last.end) return runningContainer(container, { startedAt: timeText(last.startedAtMs) }, facts);

  const again = factsOf(last, last);
  if (place.restart && !place.isEnding) {
    if (failure) return waitingContainer(container, reasonOf(failure), again);
    if (place.restart.atMs > place.nowMs) return waitingContainer(container, crashLoop(entry, place.pod), again);
  }
  const ended = terminatedContainer(container, endOf(last, last.end), facts);
  return kind === "init" && exitCodeOf(last.end) === 0 ? { ...ended, ready: true } : ended;
}

/** `nginx_default(6f1c…)`: how kubelet names a pod in its messages. */
export function podText({ metadata }: Pod): string {
  return `${metadata.name}_${metadata.namespace}(${metadata.uid})`;
}

/** Milliseconds since 1970 as Kubernetes writes them: RFC 3339 with seconds. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}

function neverRun({ container, kind, failure }: ContainerHistory, place: ContainerPlace): ContainerStatus {
  if (place.isEnding && kind !== "ephemeral") return terminatedContainer(container, unknownEnd);
  return waitingContainer(container, failure ? reasonOf(failure) : { reason: place.waitingReason });
}

function reasonOf({ reason, message }: { readonly reason: string; readonly message: string }) {
  return { reason, message };
}

function crashLoop({ container, last }: ContainerHistory, pod: Pod) {
  const pause = durationText(last?.backoffMs ?? 0);
  const message = `back-off ${pause} restarting failed container=${container.name} pod=${podText(pod)}`;
  return { reason: "CrashLoopBackOff", message };
}

function factsOf(last: ContainerInstance, before: ContainerInstance | undefined): ContainerFacts {
  const lastState = before?.end ? terminatedState(before, before.end) : undefined;
  return { containerID: last.id, restartCount: last.attempt, ...(lastState ? { lastState } : {}) };
}

function terminatedState(instance: ContainerInstance, end: InstanceEnd): ContainerState {
  const status = terminatedContainer({ name: instance.container }, endOf(instance, end), { containerID: instance.id });
  return status.state ?? {};
}

function endOf(instance: ContainerInstance, end: InstanceEnd): ContainerEnd {
  const times = { startedAt: timeText(instance.startedAtMs), finishedAt: timeText(end.finishedAtMs) };
  if (end.exit.type === "unknown") return { ...unknownEnd, ...times };
  return {
    exitCode: exitCodeOf(end),
    ...(end.exit.type === "signal" ? { signal: end.exit.signal } : {}),
    ...(end.reason ? { reason: end.reason } : {}),
    ...(end.message ? { message: end.message } : {}),
    ...times,
  };
}
