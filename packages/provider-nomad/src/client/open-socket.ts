import type { WebSocket } from "ws";
import type { Answer } from "./error-from-answer.ts";

/**
 * Waits until the socket is open; it is paused then, so that nothing is said before somebody listens. Gives the server's answer when it is
 * another one, and rejects when there is none.
 */
export function openSocket(socket: WebSocket, signal: AbortSignal): Promise<Answer | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer | undefined>();
  const stop = (): void => reject(signal.reason);
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  socket.once("open", () => {
    socket.pause();
    resolve(undefined);
  });
  // Stays: an error between here and the socket's user must not be an uncaught one. It closes the socket, too.
  socket.on("error", reject);
  socket.once("unexpected-response", (_, response) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    const status = response.statusCode ?? 0;
    const retryAfter = response.headers["retry-after"];
    response.once("close", () => resolve({ status, retryAfter, text: Buffer.concat(chunks).toString() }));
  });
  return promise
    .catch((error: unknown) => {
      socket.terminate();
      throw error;
    })
    .finally(() => signal.removeEventListener("abort", stop));
}
