import type { Pod } from "@virtual-kubelet/kubernetes";
import type { PodFeatures } from "@virtual-kubelet/provider";

/** What the provider says of a pod before it is handed over. */
export interface Admission {
  /** Why it cannot be run; empty when it can. */
  readonly refused: readonly string[];
  /** What it will have to do without. */
  readonly ignored: readonly string[];
}

/** Holds a pod against the provider's feature matrix. */
export function admitPod(pod: Pod, features: PodFeatures = []): Admission {
  const asked = features.filter((row) => row.support !== "supported" && row.asks(pod));
  const sentences = (support: "refused" | "ignored") =>
    asked.flatMap((row) => (row.support === support ? [`${row.field}: ${row.reason}`] : []));
  return { refused: sentences("refused"), ignored: sentences("ignored") };
}
