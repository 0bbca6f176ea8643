import type { Duplex } from "node:stream";
import { createWebSocketStream } from "ws";
import { SpdyConnection } from "../spdy/spdy-connection.ts";
import { type Endpoint, type Protocol, openSpdy, openWebSocket } from "./endpoint.ts";
import { type PodContainer, portForwardPath } from "./paths.ts";

const protocol = "portforward.k8s.io";

/** A connection to a port of a pod. */
export interface ForwardedPort {
  readonly data: Duplex;
  /** What the server complains of; nothing when all went well. */
  readonly complaint: Promise<string>;
}

/** A connection to a node over which connections to ports go: SPDY, or that in the messages of a WebSocket. */
export class PortForward {
  /** The connection, to be ended or cut off. */
  readonly socket: Duplex;
  readonly #connection: SpdyConnection;
  #nextRequest = 0;

  private constructor(socket: Duplex, connection: SpdyConnection) {
    this.socket = socket;
    this.#connection = connection;
  }

  static async open(endpoint: Endpoint, target: PodContainer, over: Protocol): Promise<PortForward> {
    const path = portForwardPath(endpoint, target);
    if (over === "spdy") {
      const { socket, head } = await openSpdy(endpoint, path, [protocol]);
      return new PortForward(socket, new SpdyConnection(socket, head));
    }
    const { webSocket, socket } = await openWebSocket(endpoint, path, `SPDY/3.1+${protocol}`);
    return new PortForward(socket, new SpdyConnection(createWebSocketStream(webSocket), Buffer.alloc(0)));
  }

  connect(port: number): ForwardedPort {
    const headers = { port: String(port), requestid: String(this.#nextRequest++) };
    const error = this.#connection.open({ ...headers, streamtype: "error" });
    error.end();
    const data = this.#connection.open({ ...headers, streamtype: "data" });
    return { data, complaint: heard(error) };
  }
}

/** All that came before the stream ended or was reset: a server tells what is wrong, and resets it at once. */
async function heard(stream: Duplex): Promise<string> {
  let all = "";
  stream.setEncoding("utf8").on("data", (piece: string) => (all += piece));
  await new Promise((resolve) => stream.once("close", resolve).once("end", resolve));
  return all;
}
