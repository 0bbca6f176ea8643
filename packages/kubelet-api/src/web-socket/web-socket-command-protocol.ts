import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { HttpError } from "../error-response.ts";
import type { CommandProtocol } from "../remote-command/command-protocol.ts";
import { acceptWebSocket } from "./accept-web-socket.ts";
import { channels } from "./channel-frame.ts";
import { chooseChannelProtocol } from "./channel-protocol.ts";
import { ChannelSocket } from "./channel-socket.ts";
import { WebSocketCommandStreams } from "./web-socket-command-streams.ts";

/** @throws {HttpError} 400 when the node speaks none of the subprotocols that the request offers. */
export function webSocketCommandProtocol({ headers }: IncomingMessage): CommandProtocol {
  const protocol = chooseChannelProtocol(headers["sec-websocket-protocol"]);
  if (!protocol) {
    throw new HttpError(400, "unable to upgrade: this node speaks none of the subprotocols that were offered");
  }
  return {
    name: `WebSocket ${protocol.name}`.trim(),
    accept: async (exchange, upgrade, selection) => {
      const socket = await acceptWebSocket(exchange, upgrade, protocol.name);
      const channelSocket = new ChannelSocket(socket, {
        protocol,
        lastChannel: channels.resize,
        controller: exchange.controller,
        connection: upgrade.socket as Socket,
        timeouts: exchange.services.timeouts,
      });
      return new WebSocketCommandStreams(channelSocket, { protocol, selection });
    },
  };
}
