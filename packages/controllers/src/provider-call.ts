import { inspect } from "node:util";
import {
  type Awaitable,
  type Call,
  ProviderError,
  isProviderError,
  providerErrorPolicies,
} from "@virtual-kubelet/provider";
import { publish } from "./diagnostics.ts";

/** How long provider calls may take, in milliseconds. */
export interface ProviderDeadlines {
  readonly readMs: number;
  readonly changeMs: number;
}

export const defaultDeadlines: ProviderDeadlines = { readMs: 30_000, changeMs: 120_000 };

export interface ProviderCallOptions {
  /** Handed on to the provider. */
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** When this aborts, nobody waits longer than a moment for the call to settle. `signal` when absent. */
  readonly leave?: AbortSignal;
}

/** How long a call that was aborted may take to settle before it is left to itself. */
const settleMs = 1_000;

/**
 * Calls a provider with a deadline that holds even when it ignores the signal. Expiry is `DeadlineExceeded` and means that
 * the outcome is unknown; what is not a `ProviderError` of a known code becomes `Unavailable`; an abort by the caller passes
 * through.
 */
export async function providerCall<T>(
  verb: string,
  options: ProviderCallOptions,
  call: (call: Call) => Awaitable<T>,
): Promise<T> {
  const { signal, timeoutMs, leave = signal } = options;
  signal.throwIfAborted();
  const startedAt = performance.now();
  const controller = new AbortController();
  const late = new ProviderError(
    "DeadlineExceeded",
    `The provider did not answer ${verb} within ${timeoutMs / 1000} s; what became of it is unknown`,
  );
  let code = "ok";
  const { promise: expired, reject: expire } = Promise.withResolvers<never>();
  const onAbort = () => controller.abort(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  let leaving: NodeJS.Timeout | undefined;
  const onLeave = () => (leaving = setTimeout(expire, settleMs, leave.reason));
  leave.addEventListener("abort", onLeave, { once: true });
  const timer = setTimeout(() => {
    controller.abort(late);
    expire(late);
  }, timeoutMs);
  try {
    const running = (async () => call({ signal: controller.signal }))();
    return await Promise.race([running, expired]);
  } catch (error) {
    const failure = signal.aborted ? error : asProviderError(verb, error);
    code = isProviderError(failure) ? failure.code : "Aborted";
    throw failure;
  } finally {
    clearTimeout(timer);
    clearTimeout(leaving);
    signal.removeEventListener("abort", onAbort);
    leave.removeEventListener("abort", onLeave);
    publish("virtual-kubelet:provider-call", () => ({ verb, code, durationMs: performance.now() - startedAt }));
  }
}

function asProviderError(verb: string, error: unknown): ProviderError {
  if (isProviderError(error) && Object.hasOwn(providerErrorPolicies, error.code)) return error;
  return new ProviderError("Unavailable", `The provider failed in ${verb}: ${textOf(error)}`, { cause: error });
}

/** In one line, whatever was thrown: libraries throw bare answers of a server too. */
function textOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  return typeof error === "string" ? error : inspect(error, { depth: 1, breakLength: Infinity });
}
