import { setTimeout as pause } from "node:timers/promises";
import { isProviderError } from "@virtual-kubelet/provider";
import { isBrokenConnection } from "./error-from-transport.ts";

const attempts = 3;
const firstPauseMs = 150;
/** Longer than this the node waits better than the call does. */
const longestPauseMs = 5_000;

/** Tries what may be tried again: when Nomad has no leader, asks for patience, or had closed an old connection. */
export async function withRetry<T>(send: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await send();
    } catch (error) {
      const afterMs = pauseAfter(error, attempt);
      if (attempt === attempts || afterMs === undefined || afterMs > longestPauseMs || signal.aborted) throw error;
      await pause(afterMs, undefined, { signal }).catch(() => {
        throw error;
      });
    }
  }
}

function pauseAfter(error: unknown, attempt: number): number | undefined {
  if (!isProviderError(error, "Unavailable") && !isProviderError(error, "Throttled")) return undefined;
  if (attempt === 1 && isBrokenConnection(error.cause)) return 0;
  return error.retryAfterMs ?? firstPauseMs * 2 ** (attempt - 1) * (0.5 + Math.random());
}
