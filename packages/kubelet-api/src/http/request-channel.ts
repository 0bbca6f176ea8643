import { channel } from "node:diagnostics_channel";

/** What is published when a request has been served; for a stream that is when it has ended. */
export interface RequestMessage {
  /** The route's path as the table has it, `/exec/{namespace}/{pod}/{container}`; absent when there was none. */
  readonly route: string | undefined;
  readonly method: string;
  /** The HTTP status; 101 for a connection that left HTTP. */
  readonly status: number;
  readonly durationMs: number;
}

/** The name of the `node:diagnostics_channel` that carries a `RequestMessage` for each request. */
export const requestChannelName = "virtual-kubelet:kubelet-api.request";

const requests = channel(requestChannelName);

export function publishRequest(message: RequestMessage): void {
  if (requests.hasSubscribers) requests.publish(message);
}
