import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import { HttpError } from "../error-response.ts";
import type { Exchange, Upgrade } from "../http/exchange.ts";
import { chooseChannelProtocol } from "./channel-protocol.ts";
import type { ChannelProtocol } from "./channel-protocol.ts";

/** The largest message of a client. Clients send their input in pieces far smaller than this. */
const maxPayload = 4 * 1024 * 1024;

/**
 * The protocol that a request to upgrade asks for and we speak.
 *
 * @throws {HttpError} 501 for SPDY, 400 for anything else that is no WebSocket of a known subprotocol.
 */
export function requireChannelProtocol({ request }: Exchange): ChannelProtocol {
  const wanted = request.headers.upgrade?.toLowerCase() ?? "";
  if (wanted.startsWith("spdy/")) {
    throw new HttpError(
      501,
      "This node does not speak SPDY/3.1: connect by WebSocket, as kubectl does since version 1.31.",
    );
  }
  if (wanted !== "websocket" || request.method !== "GET") {
    throw new HttpError(400, "unable to upgrade: a GET request with Upgrade: websocket is needed");
  }
  const offered = request.headers["sec-websocket-protocol"];
  const protocol = chooseChannelProtocol(offered);
  if (!protocol)
    throw new HttpError(400, "unable to upgrade: this node speaks none of the subprotocols that were offered");
  return protocol;
}

/**
 * Completes the handshake. `undefined` when the request is no valid one; it is then answered and the connection ended.
 * Compression is off: it costs memory per connection, and a hostile client could expand little into much.
 */
export async function acceptWebSocket(
  { request }: Exchange,
  { socket, head }: Upgrade,
  protocol: ChannelProtocol,
): Promise<WebSocket | undefined> {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload,
    handleProtocols: () => protocol.name,
  });
  const accepted = new Promise<WebSocket>((resolve) => {
    server.handleUpgrade(request, socket, head, resolve);
  });
  const gone = new Promise<undefined>((resolve) => {
    socket.once("close", () => resolve(undefined));
  });
  return Promise.race([accepted, gone]);
}
