import type { ByteQueue } from "../streaming/byte-queue.ts";
import type { ChannelSocket } from "../web-socket/channel-socket.ts";
import type { PortForwardSession } from "./port-forward-protocol.ts";
import type { PortForwarder } from "./port-forwarder.ts";
import type { PortStream } from "./port-stream.ts";

/** A port's two channels are neighbours, and the ports follow each other as in the query. */
const channelsPerPort = 2;
/** What a client may take to hear that the connection ends. */
const partingMs = 1000;

/**
 * Connections to ports, one for each, in two channels of a WebSocket: what is carried, and why it failed. The first message on
 * either is the port, little-endian. Kubernetes: `k8s.io/cri-streaming/pkg/streaming/portforward/websocket.go`.
 */
export class WebSocketPortSession implements PortForwardSession {
  readonly #socket: ChannelSocket;
  readonly #ports: readonly number[];

  constructor(socket: ChannelSocket, ports: readonly number[]) {
    this.#socket = socket;
    this.#ports = ports;
  }

  async run(forwarder: PortForwarder): Promise<void> {
    const forwards = this.#ports.map(async (port, index) => {
      const channel = index * channelsPerPort;
      const input = this.#socket.input(channel);
      const problem = await forwarder.forward(this.#open(port, channel, input));
      // What the client still sends, to a port that could not be reached say, must not hold the others up.
      input.close();
      if (problem !== undefined) await this.#socket.deliver(channel + 1, Buffer.from(problem));
    });
    await Promise.allSettled(forwards);
    if (this.#socket.signal.aborted) await this.#socket.leave(partingMs);
    else await this.#socket.close();
  }

  #open(port: number, channel: number, input: ByteQueue): PortStream {
    const greeting = Buffer.alloc(2);
    greeting.writeUInt16LE(port);
    this.#socket.deliver(channel, greeting).catch(() => {});
    this.#socket.deliver(channel + 1, greeting).catch(() => {});
    const { write } = this.#socket.writer(channel);
    // The client cannot say that nothing follows, so what is forwarded ends when the port has nothing more to say.
    return { port, input, signal: this.#socket.signal, write, end: () => input.end() };
  }
}
