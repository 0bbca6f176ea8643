import type { ServerResponse } from "node:http";
import type { Exchange } from "../http/exchange.ts";
import { answerMetrics } from "../http/plain-answer.ts";
import { requireMetrics } from "../pods/node-stats.ts";

/** How the probes of containers came out. */
export async function metricsProbes(exchange: Exchange, response: ServerResponse): Promise<void> {
  answerMetrics(response, requireMetrics(exchange).probes());
}
