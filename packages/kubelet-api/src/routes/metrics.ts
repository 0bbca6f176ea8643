import type { ServerResponse } from "node:http";
import type { Exchange } from "../http/exchange.ts";
import { answerMetrics } from "../http/plain-answer.ts";
import { requireMetrics } from "../pods/node-stats.ts";

/** How the agent itself does. */
export async function metrics(exchange: Exchange, response: ServerResponse): Promise<void> {
  answerMetrics(response, await requireMetrics(exchange).agent());
}
