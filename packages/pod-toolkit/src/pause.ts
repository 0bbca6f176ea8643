/** Beyond this a timer is due at once. */
const longestTimerMs = 2 ** 31 - 1;

/** Waits, for 24 days at most; rejects with the signal's reason as soon as it is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, Math.min(ms, longestTimerMs));
  try {
    await unlessAborted(promise, signal);
  } finally {
    clearTimeout(timer);
  }
}

/** What is waited for, or the signal's reason as soon as it is aborted: for what does not mind a signal by itself. */
export async function unlessAborted<T>(awaited: PromiseLike<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    // Both are in the race also when it is lost already: a rejection that nobody waits for would end the process.
    return await Promise.race([aborted, awaited]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
