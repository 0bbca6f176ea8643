/**
 * Metrics of a virtual node: what a kubelet answers at `/metrics/resource`, `/metrics/cadvisor`, `/metrics/probes` and
 * `/stats/summary`, computed from the stats that a provider gives.
 *
 * @packageDocumentation
 */
export { expositionContentType } from "./exposition/exposition.ts";
export { cadvisorMetrics, type CadvisorContext } from "./stats/cadvisor-metrics.ts";
export { probeMetrics } from "./stats/probe-metrics.ts";
export { resourceMetrics } from "./stats/resource-metrics.ts";
export { type Summary, type SummaryOptions, summaryOf } from "./stats/summary-of.ts";
