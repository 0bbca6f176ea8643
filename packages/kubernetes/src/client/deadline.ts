import { KubernetesError } from "./kubernetes-error.ts";

export interface DeadlineOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs: number;
  /** What is being waited for, for the error: `GET /api/v1/nodes`. */
  readonly what: string;
}

/**
 * One signal for "the caller gave up" and "time is up". Unlike `AbortSignal.any` over `AbortSignal.timeout` it leaves
 * neither a timer nor a listener behind when the request has ended, and there are many requests to one long-lived
 * signal.
 */
export class Deadline implements Disposable {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal | undefined;
  readonly #what: string;
  readonly #giveUp = (): void => this.#controller.abort(this.#outer?.reason);
  #endsAt = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: DeadlineOptions) {
    const { signal, timeoutMs, what } = options;
    this.#outer = signal;
    this.#what = what;
    if (signal?.aborted) this.#giveUp();
    signal?.addEventListener("abort", this.#giveUp, { once: true });
    this.restart(timeoutMs, "no answer within");
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get remainingMs(): number {
    return Math.max(0, this.#endsAt - performance.now());
  }

  /** From now on `timeoutMs`; the error says why it matters: `no answer within`. */
  restart(timeoutMs: number, why: string): void {
    clearTimeout(this.#timer);
    this.#endsAt = performance.now() + timeoutMs;
    this.#timer = setTimeout(() => {
      this.#controller.abort(new KubernetesError("DeadlineExceeded", `${this.#what}: ${why} ${timeoutMs / 1000} s`));
    }, timeoutMs);
  }

  /** Time does not matter for now; the caller's signal still does. */
  lift(): void {
    clearTimeout(this.#timer);
    this.#endsAt = Number.POSITIVE_INFINITY;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener("abort", this.#giveUp);
  }
}
