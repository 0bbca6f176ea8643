import { type Call, ProviderError, isProviderError } from "@virtual-kubelet/provider";
import { pause } from "../pause.ts";
import { leaveAloneMs } from "./retry-after.ts";
import { type Pace, Turns } from "./turns.ts";

/** One kind of requests, as a backend limits them. */
export interface RequestClass extends Partial<Pace> {
  /** Whether one that may have been carried out may be sent again: reads, and changes that say what is to be, not what is to be done. */
  readonly isIdempotent: boolean;
}

export interface RequestBudgetOptions<Class extends string> {
  readonly classes: Readonly<Record<Class, RequestClass>>;
  /** How often a request is sent at most: 4 when absent. */
  readonly maxAttempts?: number;
  /** How long the wait before the second attempt is: 500 when absent; twice as long each time, each up to half longer or shorter. */
  readonly firstWaitMs?: number;
  /** A request that would have to wait longer before it is sent again fails instead, and the node comes back: 10,000 when absent. */
  readonly maxWaitMs?: number;
}

/** For ten requests one retry, and ten in advance: when nothing works, retries add a tenth to the load and no more. */
const retryShare = 0.1;
const maxRetries = 10;
const defaultMaxWaitMs = 10_000;

/**
 * How much a backend is asked. Each class of requests keeps its pace; what fails and may be sent again is, a few times, while the shared
 * budget of retries lasts. `Throttled` may always be, as it was not carried out, and its `retryAfterMs` holds up all requests of its class;
 * `Unavailable` where the class is idempotent; other errors are nothing that asking again would change.
 *
 * @example
 * ```ts
 * import { RequestBudget, errorFromFailure, errorFromResponse } from "@virtual-kubelet/pod-toolkit";
 * import type { Call } from "@virtual-kubelet/provider";
 *
 * const budget = new RequestBudget({
 *   classes: { read: { perSecond: 20, burst: 40, isIdempotent: true }, change: { perSecond: 5, isIdempotent: false } },
 * });
 *
 * export function jobs(address: string, call: Call): Promise<unknown> {
 *   return budget.run("read", () => get(`${address}/jobs`, call), call);
 * }
 *
 * async function get(url: string, { signal }: Call): Promise<unknown> {
 *   const what = `GET ${url}`;
 *   const response = await fetch(url, { signal }).catch((error: unknown) => Promise.reject(errorFromFailure(error, what)));
 *   if (response.ok) return response.json();
 *   const { status, headers } = response;
 *   throw errorFromResponse({ status, message: await response.text(), retryAfter: headers.get("retry-after") }, what);
 * }
 * ```
 */
export class RequestBudget<Class extends string> {
  readonly #options: RequestBudgetOptions<Class>;
  readonly #turns: Map<Class, Turns>;
  #retries = maxRetries;

  constructor(options: RequestBudgetOptions<Class>) {
    this.#options = options;
    const classes = Object.entries(options.classes) as [Class, RequestClass][];
    this.#turns = new Map(classes.map(([name, each]) => [name, new Turns(paceOf(each))]));
  }

  /**
   * Sends a request when its turn comes, and again when that may help. Rejects with the last error, with `DeadlineExceeded` when the
   * call ends before the first turn, or with `Throttled` when the backend has asked to be left alone for longer than may be waited.
   */
  async run<T>(name: Class, attempt: () => Promise<T>, { signal }: Call): Promise<T> {
    const turns = this.#turns.get(name);
    if (!turns) throw new RangeError(`There is no class "${name}" of requests: name it in the budget's \`classes\``);
    await this.#firstTurn(name, turns, signal);
    this.#retries = Math.min(maxRetries, this.#retries + retryShare);
    for (let attempts = 1; ; attempts++) {
      try {
        return await attempt();
      } catch (error) {
        const waitMs = this.#waitMs(name, error, attempts);
        if (isProviderError(error, "Throttled")) turns.close(leaveAloneMs(error));
        if (waitMs === undefined) throw error;
        this.#retries--;
        // Who gives up while waiting learns why there was something to wait for.
        await pause(waitMs, signal)
          .then(() => turns.next(signal))
          .catch(() => Promise.reject(error));
      }
    }
  }

  async #firstTurn(name: Class, turns: Turns, signal: AbortSignal): Promise<void> {
    const { maxWaitMs = defaultMaxWaitMs } = this.#options;
    const { closedMs } = turns;
    if (closedMs > maxWaitMs) {
      const message = `The backend has asked for no request of the class "${name}" for ${Math.ceil(closedMs / 1000)} more seconds; it is tried again later`;
      throw new ProviderError("Throttled", message, { retryAfterMs: closedMs });
    }
    try {
      await turns.next(signal);
    } catch (cause) {
      const message = `The turn of a request of the class "${name}" did not come before its call ended: there are more of them than the limit allows; it is tried again`;
      throw new ProviderError("DeadlineExceeded", message, { cause });
    }
  }

  /** How long to wait before the next attempt; `undefined`: there is none. */
  #waitMs(name: Class, error: unknown, attempts: number): number | undefined {
    const { classes, maxAttempts = 4, firstWaitMs = 500, maxWaitMs = defaultMaxWaitMs } = this.#options;
    const isUndone = isProviderError(error, "Throttled");
    const mayRepeat = isUndone || (classes[name].isIdempotent && isProviderError(error, "Unavailable"));
    if (!mayRepeat || attempts >= maxAttempts || this.#retries < 1) return undefined;
    const backoffMs = firstWaitMs * 2 ** (attempts - 1) * (0.5 + Math.random());
    const waitMs = Math.max(backoffMs, error.retryAfterMs ?? 0);
    return waitMs > maxWaitMs ? undefined : waitMs;
  }
}

function paceOf({ perSecond, burst }: RequestClass): Pace | undefined {
  if (perSecond === undefined) return undefined;
  return burst === undefined ? { perSecond } : { perSecond, burst };
}
