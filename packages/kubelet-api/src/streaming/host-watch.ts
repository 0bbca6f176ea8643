import type { Socket } from "node:net";
import { hostIsGone } from "./unanswered-packets.ts";

export interface HostWatchOptions {
  readonly everyMs: number;
  /** Aborted when the client's host has vanished. */
  readonly controller: AbortController;
}

/**
 * Notices that the host of a client has vanished while an answer was on its way to it: TCP itself takes a quarter of an hour. One
 * that is silent is noticed by TCP's own questions.
 */
export function watchHost(socket: Socket, { everyMs, controller }: HostWatchOptions): Disposable {
  let written = -1;
  const look = async (): Promise<void> => {
    const isStalled = socket.writableLength > 0 && socket.bytesWritten === written;
    written = socket.bytesWritten;
    if (isStalled && (await hostIsGone(socket))) controller.abort(new Error("The client's host does not answer."));
  };
  const timer = setInterval(() => void look(), everyMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
