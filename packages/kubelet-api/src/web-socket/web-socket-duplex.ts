import type { Duplex } from "node:stream";
import { createWebSocketStream } from "ws";
import type { WebSocket } from "ws";

/** Bytes in the binary messages of a WebSocket, whose limits mean nothing. A message of text ends the connection. */
export function webSocketDuplex(socket: WebSocket): Duplex {
  socket.on("message", (_message, isBinary) => {
    if (!isBinary) socket.close(1003, "a binary message is needed");
  });
  return createWebSocketStream(socket);
}
