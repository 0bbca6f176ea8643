import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import { HttpError } from "../error-response.ts";
import type { Exchange, Upgrade } from "../http/exchange.ts";

const limits = {
  /** The largest message of a client. Clients send their input in pieces far smaller than this. */
  maxPayload: 4 * 1024 * 1024,
  /** The most pieces of one message: some clients send a piece for each 4 KiB. */
  maxFragments: 4096,
  /** The most reads that one message may take: each costs memory beside its bytes. */
  maxBufferedChunks: 16_384,
  /**
   * How long, in milliseconds, a client may take to get through what is on its way and say goodbye. What it has not got by then is
   * lost as soon as it sends something.
   */
  closeTimeout: 60_000,
};

/**
 * Completes the handshake, with `protocol` as the subprotocol where the client has offered any. Compression is off: it costs
 * memory per connection, and a hostile client could expand little into much. `ws` cuts off a client that leaves 60 answers to
 * its pings unread.
 *
 * @throws {HttpError} when the request is no valid one; it is then answered already, and the connection ended.
 */
export async function acceptWebSocket(
  { request }: Exchange,
  { socket, head }: Upgrade,
  protocol: string,
): Promise<WebSocket> {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    ...limits,
  });
  // What Kubernetes calls `SPDY/3.1+portforward.k8s.io` is no name to RFC 6455, and would be refused; the choice is made anyway.
  delete request.headers["sec-websocket-protocol"];
  server.on("headers", (headers) => {
    if (protocol !== "") headers.push(`Sec-WebSocket-Protocol: ${protocol}`);
  });
  const accepted = new Promise<WebSocket>((resolve) => {
    server.handleUpgrade(request, socket, head, resolve);
  });
  const refused = new Promise<never>((_, reject) => {
    socket.once("close", () => reject(new HttpError(400, "the WebSocket handshake was not valid")));
  });
  refused.catch(() => {});
  return Promise.race([accepted, refused]);
}
