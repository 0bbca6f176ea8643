import { ProviderError } from "@virtual-kubelet/provider";

export interface RequestLimitOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** What is waited for: `GET /v1/jobs`. */
  readonly what: string;
}

/** One signal for "the caller gave up" and "time is up", which leaves nothing behind on the caller's signal. */
export class RequestLimit implements Disposable {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal;
  readonly #what: string;
  readonly #giveUp = (): void => this.#controller.abort(this.#outer.reason);
  #timer: NodeJS.Timeout | undefined;

  constructor({ signal, timeoutMs, what }: RequestLimitOptions) {
    this.#outer = signal;
    this.#what = what;
    if (signal.aborted) this.#giveUp();
    signal.addEventListener("abort", this.#giveUp, { once: true });
    this.restart(timeoutMs, "no answer within");
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  restart(timeoutMs: number, why: string): void {
    this.lift();
    const message = `${this.#what}: ${why} ${timeoutMs / 1000} s. Is the Nomad server overloaded, or cut off?`;
    this.#timer = setTimeout(() => this.#controller.abort(new ProviderError("DeadlineExceeded", message)), timeoutMs);
  }

  /** Time does not matter for now; the caller's signal still does. */
  lift(): void {
    clearTimeout(this.#timer);
  }

  [Symbol.dispose](): void {
    this.lift();
    this.#outer.removeEventListener("abort", this.#giveUp);
  }
}
