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
    const clients = this.#ports.map((port, index) => this.#open(port, index * channelsPerPort));
    const forwards = clients.map(async (client, index) => {
      const problem = await forwarder.forward(client);
      if (problem !== undefined) await this.#socket.deliver(index * channelsPerPort + 1, Buffer.from(problem));
    });
    await Promise.allSettled(forwards);
    if (this.#socket.signal.aborted) await this.#socket.leave(partingMs);
    else await this.#socket.close();
  }

  #open(port: number, channel: number): PortStream {
    const greeting = Buffer.alloc(2);
    greeting.writeUInt16LE(port);
    this.#socket.deliver(channel, greeting).catch(() => {});
    this.#socket.deliver(channel + 1, greeting).catch(() => {});
    const input = this.#socket.input(channel);
    const { write } = this.#socket.writer(channel);
    // The client cannot say that nothing follows, so what is forwarded ends when the port has nothing more to say.
    return { port, input, signal: this.#socket.signal, write, end: () => input.end() };
  }
}
