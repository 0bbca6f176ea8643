import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import type { Peer } from "../streaming/heartbeat.ts";
import { hostIsGone } from "../streaming/unanswered-packets.ts";

/** The client of a WebSocket over a connection. */
export function webSocketPeer(socket: WebSocket, connection: Socket): Peer {
  return {
    get bytesRead() {
      return connection.bytesRead;
    },
    get bytesPending() {
      return socket.bufferedAmount;
    },
    get isHeldUp() {
      return socket.isPaused;
    },
    ping: () => {
      if (socket.readyState === socket.OPEN) socket.ping();
    },
    hostIsGone: () => hostIsGone(connection),
  };
}
