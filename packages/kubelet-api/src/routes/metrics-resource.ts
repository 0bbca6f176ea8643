import type { ServerResponse } from "node:http";
import type { Exchange } from "../http/exchange.ts";
import { answerMetrics } from "../http/plain-answer.ts";
import { nodeStats, requireMetrics } from "../pods/node-stats.ts";

/** CPU and memory of node, pods and containers, as metrics-server reads them: what `kubectl top` and an HPA go by. */
export async function metricsResource(exchange: Exchange, response: ServerResponse): Promise<void> {
  const source = requireMetrics(exchange);
  answerMetrics(response, source.resource(await nodeStats(exchange)));
}
