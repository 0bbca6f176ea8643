import type { ServerResponse } from "node:http";
import type { Exchange } from "../http/exchange.ts";
import { answerText } from "../http/plain-answer.ts";

/** This server answers. It says nothing of the backend: a node does not die of that. */
export async function healthz(_exchange: Exchange, response: ServerResponse): Promise<void> {
  answerText(response, "ok");
}
