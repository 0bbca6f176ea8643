import type { PodStatus } from "@virtual-kubelet/kubernetes";
import type { Call, Logger, PodEvent, PodRef, PodState } from "@virtual-kubelet/provider";
import { type PolledBackend, PodWatch } from "./pod-watch.ts";

export interface PodPollerOptions {
  readonly backend: PolledBackend;
  readonly logger: Logger;
  /** How long between two looks while something changes: 1,000 when absent. */
  readonly fastMs?: number;
  /** How long between two lists, and between any two looks while nothing changes: 10,000 when absent. */
  readonly slowMs?: number;
  /** How long one call of the backend may take: 30,000 when absent. */
  readonly deadlineMs?: number;
  /** Whether a pod will soon be something else: when absent, one that is pending, or has a container that waits. */
  isInTransition?(pod: PodState): boolean;
}

/**
 * `watchPods` for a backend that has no watch. It lists once per interval, and in between looks only at pods in transition: at each of a
 * few, or by a list when they are many. A list that fails changes nothing, and a pod that is missing from one is gone only when a look, or
 * where there are none the next list, misses it too. There are never two calls at once; a reader who is slow is not polled for.
 *
 * @example
 * ```ts
 * import { PodPoller } from "@virtual-kubelet/pod-toolkit";
 * import type { Provider, ProviderContext } from "@virtual-kubelet/provider";
 *
 * export function polled(provider: Provider, { logger }: ProviderContext): Provider {
 *   const poller = new PodPoller({ backend: provider, logger });
 *   return {
 *     ...provider,
 *     async createPod(pod, call) {
 *       await provider.createPod(pod, call);
 *       poller.nudge(pod.metadata);
 *     },
 *     watchPods: (call) => poller.watch(call),
 *   };
 * }
 * ```
 */
export class PodPoller {
  readonly #options: PodPollerOptions;
  readonly #watches = new Set<PodWatch>();

  constructor(options: PodPollerOptions) {
    this.#options = options;
  }

  /** Yields until aborted, `synced` after the first list. Rejects when that fails: then it is to be opened again. */
  async *watch({ signal }: Call): AsyncGenerator<PodEvent> {
    const { backend, logger, fastMs = 1000, slowMs = 10_000, deadlineMs = 30_000 } = this.#options;
    const isInTransition = (pod: PodState): boolean =>
      this.#options.isInTransition ? this.#options.isInTransition(pod) : waits(pod.status);
    const watch = new PodWatch({ backend, logger, fastMs, slowMs, deadlineMs, isInTransition });
    this.#watches.add(watch);
    try {
      yield* watch.read(signal);
    } finally {
      this.#watches.delete(watch);
    }
  }

  /** Says that a pod is about to change, as one does that was just created or deleted: for 30 seconds it is looked at closer. */
  nudge({ namespace, name, uid }: PodRef): void {
    for (const watch of this.#watches) watch.nudge({ namespace, name, uid });
  }
}

function waits(status: PodStatus | undefined): boolean {
  if (!status || status.phase === undefined || status.phase === "Pending") return true;
  return status.containerStatuses?.some(({ state }) => state?.waiting) ?? false;
}
