import type { ServerResponse } from "node:http";
import type { Exchange } from "../http/exchange.ts";
import { answerJson } from "../http/plain-answer.ts";
import { nodeStats, requireMetrics } from "../pods/node-stats.ts";

/** Kubelet's summary of what node, pods and containers use; with `only_cpu_and_memory=true` no more than these. */
export async function statsSummary(exchange: Exchange, response: ServerResponse): Promise<void> {
  const source = requireMetrics(exchange);
  const onlyCpuAndMemory = exchange.query.get("only_cpu_and_memory") === "true";
  answerJson(response, source.summary(await nodeStats(exchange), { onlyCpuAndMemory }));
}
