import { setTimeout as sleep } from "node:timers/promises";
import { type Logger, type PodRef, type PodState, type Provider, ProviderError } from "@virtual-kubelet/provider";
import { providerCall } from "../../provider-call.ts";
import { type RetryOptions, retryDelayMs } from "../../queue/retry-delay.ts";
import { untilAborted } from "../../until-aborted.ts";
import { namedPod, reportedPod } from "./reported-pod.ts";

/** What the backend reports. Times are monotonic milliseconds. */
export type BackendReport =
  /** Of a list: a snapshot of `begunAtMs`, which loses to what was heard since. */
  | { readonly type: "state"; readonly pod: PodState; readonly begunAtMs?: number }
  | { readonly type: "gone"; readonly pod: PodRef }
  /** Everything that is there; what was heard since `begunAtMs` counts for more. */
  | { readonly type: "complete"; readonly uids: ReadonlySet<string>; readonly begunAtMs: number }
  | { readonly type: "failed"; readonly error: unknown };

export interface ObserveOptions {
  readonly provider: Provider;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** The pause between two lists of a provider that cannot watch. */
  readonly pollMs: number;
  readonly timeoutMs: number;
  readonly retry: RetryOptions;
}

/** Reports the backend's pods until aborted: by the provider's watch where it has one, else by listing them again and again. */
export async function* observePods(options: ObserveOptions): AsyncGenerator<BackendReport, void> {
  const { provider, logger, signal, pollMs, retry } = options;
  for (let failures = 0; !signal.aborted;) {
    const openedAtMs = performance.now();
    let pauseMs = pollMs;
    try {
      yield* provider.watchPods ? watch(options) : list(options);
      failures = 0;
      if (provider.watchPods) pauseMs = performance.now() - openedAtMs > 1_000 ? 0 : retry.firstMs;
    } catch (error) {
      if (signal.aborted) return;
      failures = performance.now() - openedAtMs > retry.maxMs ? 1 : failures + 1;
      pauseMs = retryDelayMs(failures, retry);
      logger.warn({ err: error, retryInMs: pauseMs }, "the backend's pods cannot be observed");
      yield { type: "failed", error };
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => {});
  }
}

/** One complete list: the states, and then the word that these were all. */
export async function* list(
  options: Pick<ObserveOptions, "provider" | "signal" | "timeoutMs">,
): AsyncGenerator<BackendReport, void> {
  const begunAtMs = performance.now();
  const pods = await providerCall("getPods", options, async (call) => {
    const found: PodState[] = [];
    for await (const pod of untilAborted(options.provider.getPods(call), call.signal))
      found.push(reportedPod(pod, "getPods"));
    call.signal.throwIfAborted();
    return found;
  });
  for (const pod of pods) yield { type: "state", pod, begunAtMs };
  yield { type: "complete", uids: new Set(pods.map(({ uid }) => uid)), begunAtMs };
}

async function* watch({ provider, signal, timeoutMs }: ObserveOptions): AsyncGenerator<BackendReport, void> {
  const begunAtMs = performance.now();
  const uids = new Set<string>();
  let isComplete = false;
  using silence = new Silence(signal, timeoutMs);
  for await (const event of untilAborted(provider.watchPods?.({ signal: silence.signal }) ?? [], silence.signal)) {
    if (!isComplete) silence.heard();
    if (event.type === "synced") {
      isComplete = true;
      silence.end();
      yield { type: "complete", uids: new Set(uids), begunAtMs };
      continue;
    }
    if (event.type === "state") {
      const pod = reportedPod(event.pod, "watchPods");
      uids.add(pod.uid);
      yield { type: "state", pod };
    } else if (event.type !== "gone") {
      const { type } = event as { readonly type: unknown };
      const message = `The provider's watchPods gave an event of type ${String(type)}; there are state, gone and synced`;
      throw new ProviderError("Unavailable", message);
    } else {
      uids.delete(namedPod(event.pod, "watchPods").uid);
      yield event;
    }
  }
  if (isComplete || signal.aborted) return;
  if (silence.signal.aborted) throw silence.signal.reason;
  throw new ProviderError(
    "Unavailable",
    "The provider's watchPods ended before it said synced, so nothing is known of what it has",
  );
}

/** Aborts a watch that is silent for too long before it is complete; later, silence means that nothing happens. */
class Silence implements Disposable {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal;
  readonly #timer: NodeJS.Timeout;
  readonly #stop = (): void => this.#controller.abort(this.#outer.reason);

  constructor(outer: AbortSignal, limitMs: number) {
    this.#outer = outer;
    if (outer.aborted) this.#stop();
    outer.addEventListener("abort", this.#stop, { once: true });
    const message = `The provider's watchPods neither yielded anything nor said synced within ${limitMs / 1000} s`;
    this.#timer = setTimeout(() => this.#controller.abort(new ProviderError("DeadlineExceeded", message)), limitMs);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  heard(): void {
    this.#timer.refresh();
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  [Symbol.dispose](): void {
    this.end();
    this.#controller.abort();
    this.#outer.removeEventListener("abort", this.#stop);
  }
}
