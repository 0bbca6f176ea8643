import { setTimeout as sleep } from "node:timers/promises";
import type { Logger, Provider } from "@virtual-kubelet/provider";
import { providerCall } from "../provider-call.ts";
import type { NodeHealth } from "./node-health.ts";

export interface BackendPingOptions {
  readonly provider: Provider;
  readonly health: NodeHealth;
  readonly logger: Logger;
  readonly timeoutMs: number;
  readonly whenUnreachable?: WhenUnreachable | undefined;
}

/**
 * `repel`: the node stays Ready and keeps new pods away; what runs there may well be healthy. `not-ready`: it is NotReady too,
 * and so its pods leave their Services and are evicted after the five minutes that most pods tolerate it.
 */
export type WhenUnreachable = "repel" | "not-ready";

const everyMs = 10_000;

/**
 * Finds out whether the backend can be reached. When it cannot, the node stays Ready unless the options say otherwise; it
 * repels new pods by `NetworkUnavailable`, which the control plane turns into a taint, and says why.
 */
export class BackendPing {
  readonly #options: BackendPingOptions;
  #failures = 0;

  constructor(options: BackendPingOptions) {
    this.#options = options;
  }

  async run({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    const { provider, timeoutMs } = this.#options;
    if (!provider.ping) return;
    while (!signal.aborted) {
      try {
        await providerCall("ping", { signal, timeoutMs }, (call) => provider.ping?.(call));
        this.#failures = 0;
        this.#judge();
      } catch (error) {
        if (signal.aborted) return;
        this.#failures++;
        this.#options.logger.warn({ err: error }, "the backend is out of reach");
        this.#judge(error instanceof Error ? error.message : String(error));
      }
      await sleep(everyMs, undefined, { signal }).catch(() => {});
    }
  }

  #judge(problem?: string): void {
    const { health, whenUnreachable = "repel" } = this.#options;
    // One lost ping is no outage.
    if (problem !== undefined && this.#failures < 2) return;
    const isReachable = problem === undefined;
    health.set({
      type: "ProviderReachable",
      status: isReachable ? "True" : "False",
      reason: isReachable ? "PingSucceeded" : "PingFailed",
      message: problem ?? "the provider reaches its backend",
    });
    health.set({
      type: "NetworkUnavailable",
      status: isReachable ? "False" : "True",
      reason: isReachable ? "ProviderReachable" : "ProviderUnreachable",
      message: isReachable
        ? "the provider reaches its backend"
        : "the provider cannot reach its backend; new pods are kept away",
    });
    if (whenUnreachable === "repel") return;
    if (isReachable) health.unset("Ready");
    else health.set({ type: "Ready", status: "False", reason: "ProviderUnreachable", message: problem });
  }
}
