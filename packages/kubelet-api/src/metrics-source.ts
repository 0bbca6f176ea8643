import type { StatsSummary } from "@virtual-kubelet/provider";

/** Turns what a provider has measured into what others read. `@virtual-kubelet/metrics` gives one. */
export interface MetricsSource {
  /** The agent's own metrics, in Prometheus' text format like those below. */
  agent(): Promise<string>;
  /** `/metrics/resource`, which metrics-server reads. */
  resource(stats: StatsSummary): string;
  /** `/metrics/cadvisor`, which dashboards read. */
  cadvisor(stats: StatsSummary): string;
  /** `/metrics/probes`. */
  probes(): string;
  /** Kubelet's `stats/v1alpha1` Summary. */
  summary(stats: StatsSummary, options: { readonly onlyCpuAndMemory: boolean }): object;
}
