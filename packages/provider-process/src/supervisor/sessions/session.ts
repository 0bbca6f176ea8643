import type { Socket } from "node:net";
import { type Frame, encodeMessage } from "../../protocol/frames.ts";

/** A connection that has become the streams of a process. */
export interface Session {
  /** Takes what the client sends: bytes for stdin, or a new size. */
  take(frame: Frame): void;
  /** The client has gone. */
  leave(): void;
}

const knockEveryMs = 500;

/** A socket that is not read does not tell that its client has gone; one that is written to does. Clients ignore this. */
export function knockWhilePaused(socket: Socket): void {
  const knocking = setInterval(() => {
    if (socket.isPaused() && socket.writable && !socket.writableNeedDrain) socket.write(encodeMessage({}));
  }, knockEveryMs);
  socket.once("close", () => clearInterval(knocking));
}
