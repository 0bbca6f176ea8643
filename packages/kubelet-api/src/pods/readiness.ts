import type { PodStatus } from "@virtual-kubelet/kubernetes";
import { HttpError } from "../error-response.ts";
import { callProvider } from "../http/exchange.ts";
import type { Exchange } from "../http/exchange.ts";
import { quoted } from "../printable.ts";
import { containerStatus } from "./container-lookup.ts";
import type { FoundContainer, FoundPod } from "./container-lookup.ts";

/** Why something cannot be done with a container in this status; `undefined` when it can, or when nobody knows. */
export type Refusal = (status: PodStatus | undefined, container: string, pod: string) => string | undefined;

const pullFailures: Readonly<Record<string, string>> = {
  ErrImagePull: "image can't be pulled",
  ImagePullBackOff: "trying and failing to pull image",
};

/** Why a container has no logs yet. The rules and words of kubelet's `validateContainerLogStatus`. */
export const logRefusal: Refusal = (status, container, pod) => {
  const subject = `container ${quoted(container)} in pod ${quoted(pod)}`;
  const { state, lastState } = containerStatus(status, container) ?? {};
  if (!state) return `${subject} is not available`;
  if (state.running || state.terminated || lastState?.terminated) return undefined;
  const reason = state.waiting?.reason;
  if (!reason) return `${subject} is waiting to start - no logs yet`;
  return `${subject} is waiting to start: ${pullFailures[reason] ?? reason}`;
};

/** Why nothing can be run in a container. */
export const execRefusal: Refusal = (status, container, pod) => {
  const { state } = containerStatus(status, container) ?? {};
  if (!state || state.running) return undefined;
  const reason = state.terminated?.reason ?? state.waiting?.reason ?? (state.terminated ? "terminated" : "waiting");
  return `container ${quoted(container)} in pod ${quoted(pod)} is not running: ${reason}`;
};

/**
 * Checks a container's status. The cluster's view may be behind the backend's, so before a refusal the provider is asked.
 *
 * @throws {HttpError} 400 with the refusal; or what the provider throws.
 */
export async function requireReady(exchange: Exchange, found: FoundContainer, refusal: Refusal): Promise<void> {
  const { pod, ref } = found;
  const known = refusal(pod.status, ref.container, ref.pod.name);
  if (!known) return;
  const state = await callProvider(exchange, (call) => exchange.services.provider.getPod(ref.pod, call));
  const current = state?.status ? refusal(state.status, ref.container, ref.pod.name) : known;
  if (current) throw new HttpError(400, current);
}

const startedPhases: ReadonlySet<string | undefined> = new Set(["Running", "Unknown", undefined]);

/** Why no port of a pod in this status can be reached; `undefined` when one may be, or when nobody knows. */
function portRefusal(status: PodStatus | undefined, pod: string): string | undefined {
  const { phase, containerStatuses, initContainerStatuses } = status ?? {};
  const runs = [containerStatuses, initContainerStatuses]
    .flatMap((list) => list ?? [])
    .some(({ state }) => state?.running);
  if (startedPhases.has(phase) || (phase === "Pending" && runs)) return undefined;
  return `pod ${quoted(pod)} is not running: ${phase}`;
}

/**
 * Checks that something of a pod runs. The cluster's view may be behind the backend's, so before a refusal the provider is asked.
 *
 * @throws {HttpError} 400 with the refusal; or what the provider throws.
 */
export async function requirePodRunning(exchange: Exchange, { pod, ref }: FoundPod): Promise<void> {
  const known = portRefusal(pod.status, ref.name);
  if (!known) return;
  const state = await callProvider(exchange, (call) => exchange.services.provider.getPod(ref, call));
  const current = state?.status ? portRefusal(state.status, ref.name) : known;
  if (current) throw new HttpError(400, current);
}
