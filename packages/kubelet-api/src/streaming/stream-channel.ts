import { channel } from "node:diagnostics_channel";
import type { Socket } from "node:net";

/** What a connection was opened for. */
export type StreamKind = "exec" | "attach" | "portForward" | "logs" | "run";

/** What is published of a connection that carries streams: when it opens, each second in which it carried something, and when it closes. */
export interface StreamMessage {
  readonly event: "open" | "bytes" | "close";
  readonly kind: StreamKind;
  /** `SPDY/3.1 v4.channel.k8s.io`, `WebSocket v5.channel.k8s.io`, `HTTP/1.1`. */
  readonly protocol: string;
  /** What has come from the client since the last message, with the frames that it came in, without TLS. */
  readonly bytesIn: number;
  /** What has gone to the client since the last message; of what is still on its way, TLS has perhaps not yet counted all. */
  readonly bytesOut: number;
}

/** The name of the `node:diagnostics_channel` that carries a `StreamMessage` for each of these events. */
export const streamChannelName = "virtual-kubelet:kubelet-api.stream";

const streams = channel(streamChannelName);

const intervalMs = 1000;

type StreamIdentity = Pick<StreamMessage, "kind" | "protocol">;

/**
 * Publishes what a connection carries until it is disposed of. The socket counts anyway, so that counting costs nothing. A
 * connection that opened when nobody had subscribed is not published later either: whoever adds up finds as many ends as beginnings.
 */
export function publishStream(identity: StreamIdentity, socket: Socket): Disposable {
  return streams.hasSubscribers ? new StreamMeter(identity, socket) : { [Symbol.dispose]: () => {} };
}

class StreamMeter implements Disposable {
  readonly #identity: StreamIdentity;
  readonly #socket: Socket;
  readonly #timer: NodeJS.Timeout;
  #bytesRead: number;
  #bytesWritten: number;

  constructor(identity: StreamIdentity, socket: Socket) {
    this.#identity = identity;
    this.#socket = socket;
    this.#bytesRead = socket.bytesRead;
    this.#bytesWritten = socket.bytesWritten;
    streams.publish({ event: "open", ...identity, bytesIn: 0, bytesOut: 0 } satisfies StreamMessage);
    this.#timer = setInterval(() => this.#publish("bytes"), intervalMs);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#publish("close");
  }

  #publish(event: "bytes" | "close"): void {
    const { bytesRead, bytesWritten } = this.#socket;
    const bytesIn = bytesRead - this.#bytesRead;
    const bytesOut = bytesWritten - this.#bytesWritten;
    if (event === "bytes" && bytesIn === 0 && bytesOut === 0) return;
    this.#bytesRead = bytesRead;
    this.#bytesWritten = bytesWritten;
    streams.publish({ event, ...this.#identity, bytesIn, bytesOut } satisfies StreamMessage);
  }
}
