import { isKubernetesError } from "../client/kubernetes-error.ts";

/** What fails for a shorter time is no outage: others may have been answered meanwhile. Milliseconds. */
const shortestOutageMs = 1_000;
/** Agents of many nodes must not all come at once when their API server is back. Milliseconds. */
const spreadMs = 500;

/** Whether the server answers at all, by what becomes of the requests: who waits to try again need not wait longer than the outage. */
export class Reachability {
  readonly #waiting = new Set<() => void>();
  #silentSince: number | undefined;

  /** An answer of the server itself, whatever it says. */
  answered(): void {
    const since = this.#silentSince;
    this.#silentSince = undefined;
    if (since === undefined || performance.now() - since < shortestOutageMs) return;
    for (const wake of this.#waiting) wake();
  }

  failed(error: unknown): void {
    const isSilence =
      isKubernetesError(error, "Unreachable") ||
      isKubernetesError(error, "DeadlineExceeded") ||
      (isKubernetesError(error) && (error.code === 502 || error.code === 503));
    if (isSilence) this.#silentSince ??= performance.now();
    else if (isKubernetesError(error) && error.code > 0) this.answered();
  }

  /** Resolves to `true` when the server answers again after an outage, to `false` when the time is up or the signal aborted. */
  async untilBack(options: { readonly signal: AbortSignal; readonly timeoutMs: number }): Promise<boolean> {
    const { signal, timeoutMs } = options;
    if (signal.aborted) return false;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const stop = (): void => resolve(false);
    let timer = timeoutMs === Number.POSITIVE_INFINITY ? undefined : setTimeout(stop, timeoutMs);
    const wake = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => resolve(true), Math.random() * Math.min(spreadMs, timeoutMs));
    };
    this.#waiting.add(wake);
    signal.addEventListener("abort", stop, { once: true });
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(wake);
      signal.removeEventListener("abort", stop);
    }
  }
}
