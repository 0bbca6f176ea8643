import type { StatsSummary } from "@virtual-kubelet/provider";
import { HttpError } from "../error-response.ts";
import { type Exchange, callProvider } from "../http/exchange.ts";
import type { MetricsSource } from "../metrics-source.ts";

/** @throws {HttpError} 501 when the node gives no metrics. */
export function requireMetrics({ services }: Exchange): MetricsSource {
  if (!services.metrics) throw new HttpError(501, "This node gives no metrics.");
  return services.metrics;
}

/**
 * What node and pods use now.
 *
 * @throws {HttpError} 501 when the provider does not measure it; or what the provider throws.
 */
export async function nodeStats(exchange: Exchange): Promise<StatsSummary> {
  const { provider } = exchange.services;
  if (!provider.getStats) throw new HttpError(501, "This node's provider does not measure what its pods use.");
  const stats = await callProvider(exchange, (call) => provider.getStats?.(call));
  return stats as StatsSummary;
}
