import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { HttpError } from "../error-response.ts";
import { acceptWebSocket } from "../web-socket/accept-web-socket.ts";
import { channelProtocols, chooseChannelProtocol } from "../web-socket/channel-protocol.ts";
import { ChannelSocket } from "../web-socket/channel-socket.ts";
import type { PortForwardProtocol } from "./port-forward-protocol.ts";
import { parsePorts } from "./port-number.ts";
import { WebSocketPortSession } from "./web-socket-port-session.ts";

/** A client that names none speaks the first. */
const names: ReadonlySet<string> = new Set(["v4.channel.k8s.io", "v4.base64.channel.k8s.io"]);
const protocols = channelProtocols.filter(({ name }) => names.has(name));

/**
 * The form of old: the ports are in the query, and each has two channels.
 *
 * @throws {HttpError} 400 when the ports are not right, or the node speaks none of the subprotocols that are offered.
 */
export function webSocketPortForward({ headers }: IncomingMessage, query: URLSearchParams): PortForwardProtocol {
  const ports = parsePorts(query);
  const protocol = chooseChannelProtocol(headers["sec-websocket-protocol"], protocols);
  if (!protocol) {
    throw new HttpError(400, "unable to upgrade: this node speaks none of the subprotocols that were offered");
  }
  return {
    name: `WebSocket ${protocol.name}`.trim(),
    accept: async (exchange, upgrade) => {
      const socket = new ChannelSocket(await acceptWebSocket(exchange, upgrade, protocol.name), {
        protocol,
        lastChannel: ports.length * 2 - 1,
        controller: exchange.controller,
        connection: upgrade.socket as Socket,
        timeouts: exchange.services.timeouts,
      });
      return new WebSocketPortSession(socket, ports);
    },
  };
}
