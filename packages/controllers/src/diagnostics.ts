import { channel } from "node:diagnostics_channel";
import { isKubernetesError } from "@virtual-kubelet/kubernetes";
import { isProviderError } from "@virtual-kubelet/provider";

/** A call to the provider has settled, or was given up. */
export interface ProviderCallMessage {
  /** The method's name. */
  readonly verb: string;
  /** `ok`, the code of a `ProviderError`, or `Aborted`. */
  readonly code: string;
  readonly durationMs: number;
}

/** What happens to the keys of a work queue. `depth` is how many of them wait for their turn now, without retries that are not due. */
export type QueueMessage = {
  readonly queue: string;
  /** Tells the queues of one name apart: every node of the process has its own. */
  readonly instance: number;
  readonly depth: number;
} & (
  | { readonly event: "ready" }
  | { readonly event: "started"; readonly waitMs: number }
  /** `failures`: how often in a row by now, this time included; 0 when it went well. */
  | { readonly event: "handled"; readonly durationMs: number; readonly failures: number }
  | { readonly event: "ended" }
);

/** A step towards what a pod should be has been taken. */
export interface PodStepMessage {
  /** `create`, `adopt`, `update`, `stop`, `release`, `look` or `remove`. */
  readonly step: string;
  /** `ok`, the code of a `ProviderError`, the reason of a `KubernetesError`, `Aborted` or `Unknown`. */
  readonly result: string;
  readonly durationMs: number;
}

/** The pods of a node as the cluster has them; at most once a second, when something about them has changed. */
export interface PodsMessage {
  readonly node: string;
  /** How many there are of each phase. */
  readonly phases: Readonly<Record<string, number>>;
  /** How many containers are `created` (and have not started), `running` and `exited`. */
  readonly containers: Readonly<Record<string, number>>;
}

/** What became of a renewal of the node's lease; `ended`: it is renewed no more. */
export type LeaseMessage = { readonly node: string } & (
  | { readonly event: "renewed" | "failed"; readonly durationMs: number }
  | { readonly event: "ended" }
);

/** What this package publishes on `node:diagnostics_channel`, by the name of the channel, for whoever counts. */
export interface ControllersMessages {
  readonly "virtual-kubelet:provider-call": ProviderCallMessage;
  readonly "virtual-kubelet:queue": QueueMessage;
  readonly "virtual-kubelet:pod-step": PodStepMessage;
  readonly "virtual-kubelet:pods": PodsMessage;
  readonly "virtual-kubelet:lease": LeaseMessage;
}

const channels = {
  "virtual-kubelet:provider-call": channel("virtual-kubelet:provider-call"),
  "virtual-kubelet:queue": channel("virtual-kubelet:queue"),
  "virtual-kubelet:pod-step": channel("virtual-kubelet:pod-step"),
  "virtual-kubelet:pods": channel("virtual-kubelet:pods"),
  "virtual-kubelet:lease": channel("virtual-kubelet:lease"),
};

/** Whether anybody listens. */
export function isObserved(name: keyof ControllersMessages): boolean {
  return channels[name].hasSubscribers;
}

/** The message is made only if somebody listens. */
export function publish<K extends keyof ControllersMessages>(name: K, message: () => ControllersMessages[K]): void {
  if (channels[name].hasSubscribers) channels[name].publish(message());
}

/** What went wrong, in one word of a small vocabulary. */
export function resultOf(error: unknown): string {
  if (isProviderError(error)) return error.code;
  if (isKubernetesError(error)) return error.reason || String(error.code);
  return error instanceof Error && error.name === "AbortError" ? "Aborted" : "Unknown";
}
