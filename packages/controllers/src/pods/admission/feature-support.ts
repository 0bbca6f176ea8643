import type { Pod } from "@virtual-kubelet/kubernetes";
import type { PodFeatures } from "@virtual-kubelet/provider";

/** What the provider says of a pod before it is handed over. */
export interface FeatureSupport {
  /** Why it cannot be run; empty when it can. */
  readonly refused: readonly string[];
  /** What it will have to do without. */
  readonly ignored: readonly string[];
}

/** Holds a pod against the provider's feature matrix. A row that cannot be asked refuses the pod: it is not run unchecked. */
export function featureSupport(pod: Pod, features: PodFeatures = []): FeatureSupport {
  const refused: string[] = [];
  const ignored: string[] = [];
  for (const row of features) {
    if (row.support === "supported") continue;
    try {
      if (row.asks(pod)) (row.support === "refused" ? refused : ignored).push(`${row.field}: ${row.reason}`);
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      refused.push(`${row.field}: whether the pod asks for it cannot be told: the provider failed in asks: ${problem}`);
    }
  }
  return { refused, ignored };
}
