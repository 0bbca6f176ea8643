import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { SpdyConnection } from "../spdy/spdy-connection.ts";
import { acceptWebSocket } from "../web-socket/accept-web-socket.ts";
import { webSocketDuplex } from "../web-socket/web-socket-duplex.ts";
import type { PortForwardProtocol } from "./port-forward-protocol.ts";
import { SpdyPortSession } from "./spdy-port-session.ts";

/** SPDY as it is, cut anywhere into the binary messages of a WebSocket. Kubernetes: `k8s.io/apimachinery/pkg/util/portforward`. */
const subprotocol = "SPDY/3.1+portforward.k8s.io";

/** `undefined` when the request does not offer it. */
export function tunnelledPortForward({ headers }: IncomingMessage): PortForwardProtocol | undefined {
  const offered = (headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
  if (!offered.includes(subprotocol)) return undefined;
  return {
    name: `WebSocket ${subprotocol}`,
    accept: async (exchange, upgrade) => {
      const duplex = webSocketDuplex(await acceptWebSocket(exchange, upgrade, subprotocol));
      const { timeouts, streamQuota: quota } = exchange.services;
      const connection = upgrade.socket as Socket;
      const { controller } = exchange;
      return new SpdyPortSession(new SpdyConnection(duplex, { controller, timeouts, quota, connection }), timeouts);
    },
  };
}
