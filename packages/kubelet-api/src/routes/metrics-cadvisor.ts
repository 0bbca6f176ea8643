import type { ServerResponse } from "node:http";
import type { Exchange } from "../http/exchange.ts";
import { answerMetrics } from "../http/plain-answer.ts";
import { nodeStats, requireMetrics } from "../pods/node-stats.ts";

/** What containers use, by the names that dashboards know from cAdvisor. */
export async function metricsCadvisor(exchange: Exchange, response: ServerResponse): Promise<void> {
  const source = requireMetrics(exchange);
  answerMetrics(response, source.cadvisor(await nodeStats(exchange)));
}
