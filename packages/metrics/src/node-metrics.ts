import type { Node, Pod } from "@virtual-kubelet/kubernetes";
import type { StatsSummary } from "@virtual-kubelet/provider";
import type { AgentMetrics } from "./agent/agent-metrics.ts";
import { cadvisorMetrics } from "./stats/cadvisor-metrics.ts";
import { probeMetrics } from "./stats/probe-metrics.ts";
import { resourceMetrics } from "./stats/resource-metrics.ts";
import { type Summary, type SummaryOptions, summaryOf } from "./stats/summary-of.ts";

export interface NodeMetricsOptions {
  readonly nodeName: string;
  /** Who counts for the agent; it stays the caller's to dispose of. Absent, the page of the agent is empty. */
  readonly agent?: AgentMetrics | undefined;
  /** The node's pods, as the cluster has them: images and container IDs for `/metrics/cadvisor`. */
  pods?(): Iterable<Pod>;
  /** The node's object: the machine's size and system for `/metrics/cadvisor`. */
  node?(): Node | undefined;
}

/** Everything that a kubelet API answers below `/metrics` and at `/stats/summary`. All text is `text/plain; version=0.0.4`. */
export interface NodeMetrics {
  /** `/metrics`: the agent itself. */
  agent(): Promise<string>;
  /** `/metrics/resource`; `undefined` when the provider could not be asked. */
  resource(stats: StatsSummary | undefined): string;
  /** `/metrics/cadvisor`. */
  cadvisor(stats: StatsSummary): string;
  /** `/metrics/probes`. */
  probes(): string;
  /** `/stats/summary`. */
  summary(stats: StatsSummary, options: SummaryOptions): Summary;
}

/** The metrics of one node. */
export function nodeMetrics(options: NodeMetricsOptions): NodeMetrics {
  const { nodeName, agent } = options;
  return {
    agent: async () => (agent ? agent.text() : ""),
    resource: resourceMetrics,
    cadvisor: (stats) => cadvisorMetrics(stats, { pods: options.pods?.() ?? [], node: options.node?.() }),
    probes: probeMetrics,
    summary: (stats, asked) => summaryOf(nodeName, stats, asked),
  };
}
