/**
 * Metrics of a virtual node: what a kubelet answers at `/metrics/resource`, `/metrics/cadvisor`, `/metrics/probes` and
 * `/stats/summary`, computed from the stats that a provider gives, and the agent's own at `/metrics`.
 *
 * @example
 * ```ts
 * import { AgentMetrics, nodeMetrics } from "@virtual-kubelet/metrics";
 *
 * using agent = new AgentMetrics({ version: "1.0.0", nodeName: "edge-1" });
 * const metrics = nodeMetrics({ nodeName: "edge-1", agent });
 *
 * const time = new Date().toISOString();
 * const node = { startTime: time, memory: { time, workingSetBytes: 1_000_000 } };
 * console.log(metrics.resource({ node, pods: [] }));
 * console.log(await metrics.agent());
 * ```
 *
 * @packageDocumentation
 */
export { AgentMetrics, type AgentMetricsOptions } from "./agent/agent-metrics.ts";
export { expositionContentType } from "./exposition/exposition.ts";
export { nodeMetrics, type NodeMetrics, type NodeMetricsOptions } from "./node-metrics.ts";
export { cadvisorMetrics, type CadvisorContext } from "./stats/cadvisor-metrics.ts";
export { probeMetrics } from "./stats/probe-metrics.ts";
export { resourceMetrics } from "./stats/resource-metrics.ts";
export { type Summary, type SummaryOptions, summaryOf } from "./stats/summary-of.ts";
