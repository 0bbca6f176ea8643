/**
 * What a source yields until the signal is aborted, even when the source does not heed it. Nothing is kept of what was
 * yielded: racing each step against one promise of the abort would hold every value for as long as that is pending.
 */
export async function* untilAborted<T>(
  source: AsyncIterable<T> | Iterable<T>,
  signal: AbortSignal,
): AsyncGenerator<T, void> {
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  let stop: () => void = () => {};
  const onAbort = () => stop();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    while (!signal.aborted) {
      const { promise, resolve, reject } = Promise.withResolvers<IteratorResult<T> | undefined>();
      stop = () => resolve(undefined);
      Promise.resolve(iterator.next()).then(resolve, reject);
      const result = await promise;
      if (!result || result.done) return;
      yield result.value;
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    // Not awaited: a source that hangs in `next` would never answer.
    Promise.resolve(iterator.return?.(undefined)).catch(() => {});
  }
}
