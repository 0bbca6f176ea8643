import type { ContainerState, ContainerStatus } from "@virtual-kubelet/kubernetes";
import type { BackendContainer, BackendEnd, BackendPod } from "./backend-pod.ts";
import { type ContainerRun, containerRun, laterOf } from "./container-run.ts";
import {
  type ContainerEnd,
  type ContainerFacts,
  ephemeralStatus,
  runningContainer,
  terminatedContainer,
  unknownEnd,
  waitingContainer,
} from "./container-status.ts";

/** What a container's status depends on beside the container. */
export interface ContainerScene {
  readonly pod: BackendPod;
  /** Its status so far. */
  readonly before?: ContainerStatus | undefined;
}

export function containerStatusFrom(container: BackendContainer, scene: ContainerScene): ContainerStatus {
  const status = statusOf(container, scene);
  return container.kind === "ephemeral" ? ephemeralStatus(status) : status;
}

function statusOf(container: BackendContainer, scene: ContainerScene): ContainerStatus {
  const { state } = container;
  if ("unknown" in state) return withoutNews(container, state.unknown, scene);
  const { before } = scene;
  const run = containerRun(container, before);
  if (run.isKnown && before?.state?.terminated && !isNews(container, before.state.terminated, scene.pod)) return before;
  const facts = factsOf(container, run, scene);
  if ("waiting" in state)
    return waitingContainer(container, { ...defaultWaiting(scene.pod, facts), ...state.waiting }, facts);

  const known = run.isKnown ? before?.state?.running?.startedAt : undefined;
  const floor = earliestStart(facts, before);
  if ("running" in state)
    return runningContainer(
      container,
      { ...state.running, startedAt: known ?? laterOf(state.running.startedAt, floor) ?? state.running.startedAt },
      facts,
    );
  const end = endOf(state.terminated);
  const startedAt = known ?? laterOf(end.startedAt, floor);
  const ended = terminatedContainer(container, inOrder({ ...end, ...(startedAt ? { startedAt } : {}) }), facts);
  // As a kubelet has it: an init container that has done its work counts as ready.
  return container.kind === "init" && end.exitCode === 0 ? { ...ended, ready: true } : ended;
}

/** Before which a run cannot have started whose start was not known: what is known of it, or of the run before it. */
function earliestStart({ lastState }: ContainerFacts, before: ContainerStatus | undefined): string | undefined {
  const { running, terminated } = before?.state ?? {};
  const times = [lastState?.terminated, before?.lastState?.terminated, terminated].flatMap((end) => [
    end?.startedAt,
    end?.finishedAt,
  ]);
  return [...times, running?.startedAt].reduce((latest, time) => laterOf(latest ?? time, time), undefined);
}

/** The backend cannot tell: what was known stands, unless nothing of the pod runs any more. */
function withoutNews(
  container: BackendContainer,
  { message }: { readonly message?: string },
  { pod, before }: ContainerScene,
): ContainerStatus {
  if (before && (!pod.isEnded || before.state?.terminated)) return before;
  const run = { restartCount: before?.restartCount ?? container.restartCount ?? 0, isKnown: true };
  const facts = factsOf(container, run, { pod, before });
  const started = before?.state?.running?.startedAt;
  if (pod.isEnded)
    return terminatedContainer(container, { ...unknownEnd, ...(started ? { startedAt: started } : {}) }, facts);
  return waitingContainer(container, { ...defaultWaiting(pod, facts), ...(message ? { message } : {}) }, facts);
}

/** Whether a container that has ended is said to have become something else since, and can have. */
function isNews(
  { kind, state }: BackendContainer,
  { exitCode, reason }: ContainerEnd,
  { restartPolicy, isEnded }: BackendPod,
): boolean {
  if ("terminated" in state) return reason === unknownEnd.reason && endOf(state.terminated).reason !== reason;
  if (!("waiting" in state) || isEnded || kind === "ephemeral") return false;
  if (kind === "sidecar") return true;
  const restartsSuccess = kind === "regular" && restartPolicy === "Always";
  return restartsSuccess || (exitCode !== 0 && restartPolicy !== "Never");
}

function factsOf(container: BackendContainer, run: ContainerRun, { pod, before }: ContainerScene): ContainerFacts {
  const { restartCount } = run;
  const made = pod.id && !("waiting" in container.state) ? `${pod.id}/${container.name}/${restartCount}` : undefined;
  const containerID = container.containerID ?? made ?? before?.containerID;
  const imageID = container.imageID ?? (before?.imageID || undefined);
  const lastState = lastStateOf(container, run, before);
  return {
    restartCount,
    ...(containerID ? { containerID } : {}),
    ...(imageID ? { imageID } : {}),
    ...(lastState ? { lastState } : {}),
  };
}

/** How the run before ended: by what the backend says, else by what was seen. */
function lastStateOf(
  { last, state }: BackendContainer,
  run: ContainerRun,
  before: ContainerStatus | undefined,
): ContainerState | undefined {
  const { running, terminated } = before?.state ?? {};
  const isOver = !run.isKnown || "waiting" in state;
  if (last) {
    const ended = isOver && (running ?? terminated) ? before : before?.lastState?.terminated;
    return { terminated: { ...inOrder(endOf(last)), ...idOf(ended?.containerID) } };
  }
  if (!before || !isOver) return before?.lastState;
  if (running) return { terminated: { ...unknownEnd, ...running, ...idOf(before.containerID) } };
  return terminated ? { terminated } : before.lastState;
}

function idOf(containerID: string | undefined) {
  return containerID ? { containerID } : {};
}

/** @see https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/kubelet_pods.go (`convertToAPIContainerStatuses`) */
function defaultWaiting(pod: BackendPod, { lastState }: ContainerFacts): { readonly reason: string } {
  if (lastState?.terminated) return { reason: "CrashLoopBackOff" };
  const hasInit = pod.containers.some(({ kind }) => kind === "init" || kind === "sidecar");
  return { reason: hasInit ? "PodInitializing" : "ContainerCreating" };
}

function endOf({ exitCode, isOutOfMemory, ...end }: BackendEnd): ContainerEnd & { readonly reason: string } {
  const signal = end.signal ?? (isOutOfMemory ? 9 : undefined);
  const code = exitCode ?? (signal === undefined ? undefined : 128 + signal);
  if (code === undefined)
    return { ...unknownEnd, ...end, exitCode: unknownEnd.exitCode, reason: end.reason ?? "ContainerStatusUnknown" };
  const reason = isOutOfMemory ? "OOMKilled" : (end.reason ?? (code === 0 ? "Completed" : "Error"));
  return { ...end, exitCode: code, reason };
}

/** Nothing ends before it has started, whatever two clocks say. */
function inOrder(end: ContainerEnd): ContainerEnd {
  const finishedAt = laterOf(end.finishedAt, end.startedAt);
  return finishedAt ? { ...end, finishedAt } : end;
}
