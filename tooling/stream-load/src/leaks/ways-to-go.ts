import type { Duplex } from "node:stream";
import { reset } from "../clients/endpoint.ts";

/** How a client leaves: politely, by a reset, or with what came for it unread, which the system answers by a reset of its own. */
export const waysToGo = ["close", "reset", "unread"] as const;
export type WayToGo = (typeof waysToGo)[number];

export function leave(socket: Duplex, way: WayToGo): void {
  if (way === "unread") socket.pause();
  if (way === "reset") reset(socket);
  else socket.destroy();
}
