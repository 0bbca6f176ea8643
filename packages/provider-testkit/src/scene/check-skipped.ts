import type { Pod } from "@virtual-kubelet/kubernetes";
import type { Provider } from "@virtual-kubelet/provider";

/** A check that cannot be made; the message is the reason. */
export class CheckSkipped extends Error {
  override readonly name = "CheckSkipped";
}

/** Lets an error be, unless it says that the check cannot be made. */
export function rethrowSkip(error: unknown): void {
  if (error instanceof CheckSkipped) throw error;
}

/** A pod that the provider's features refuse never comes to it: a check that needs one is not made. */
export function requireNotRefused({ features = [] }: Pick<Provider, "features">, pod: Pod): void {
  const refusing = features.find((row) => row.support === "refused" && row.asks(pod));
  if (refusing && "reason" in refusing) throw new CheckSkipped(`${refusing.field} is refused: ${refusing.reason}`);
}
