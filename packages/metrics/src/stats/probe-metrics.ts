import { exposition } from "../exposition/exposition.ts";

/**
 * What is answered at `/metrics/probes`: kubelet's `prober_probe_total`, without samples. The node probes nothing itself,
 * the backends do, and no provider says yet what came of it; the page is there because Prometheus' usual kubelet job
 * counts a missing one as an outage.
 *
 * Source: Kubernetes 1.37 pkg/kubelet/prober/prober_manager.go.
 */
export function probeMetrics(): string {
  return exposition([
    {
      name: "prober_probe_total",
      type: "counter",
      help: "[BETA] Cumulative number of a liveness, readiness or startup probe for a container by result.",
      samples: [],
    },
  ]);
}
