import { channel } from "node:diagnostics_channel";

/** An answer of the API server, or that there was none; each attempt by itself. */
export interface ApiRequestMessage {
  readonly method: string;
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`. */
  readonly verb: string;
  /** With its subresource, `pods/status`; empty for what is no resource. Never a name. */
  readonly resource: string;
  /** The HTTP status; 0 without an answer. */
  readonly code: number;
  /** Until the answer began. */
  readonly durationMs: number;
}

/** A watch has ended, and is opened again after `delayMs`. */
export interface WatchRestartMessage {
  readonly resource: string;
  /** `ended`: by the server, in order. Else the reason of the `KubernetesError`, or its code. */
  readonly reason: string;
  readonly delayMs: number;
}

/** What this package publishes on `node:diagnostics_channel`, by the name of the channel, for whoever counts. */
export interface KubernetesMessages {
  readonly "virtual-kubelet:api-request": ApiRequestMessage;
  readonly "virtual-kubelet:watch-restart": WatchRestartMessage;
}

const channels = {
  "virtual-kubelet:api-request": channel("virtual-kubelet:api-request"),
  "virtual-kubelet:watch-restart": channel("virtual-kubelet:watch-restart"),
};

/** The message is made only if somebody listens. */
export function publish<K extends keyof KubernetesMessages>(name: K, message: () => KubernetesMessages[K]): void {
  if (channels[name].hasSubscribers) channels[name].publish(message());
}
