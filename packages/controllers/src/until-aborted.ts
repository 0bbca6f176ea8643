import { setImmediate } from "node:timers/promises";
import type { Awaitable } from "@virtual-kubelet/provider";

/** How long a source that always has more to say may go on before everything else has its turn. Milliseconds. */
const turnMs = 20;

/**
 * What a source yields until the signal is aborted, even when the source does not heed it. A provider in plain JavaScript
 * may well give a promise of one: an `async` method that returns its feed. Nothing is kept of what was yielded: racing each
 * step against one promise of the abort would hold every value for as long as that is pending. Nor does a source that never
 * pauses keep timers and connections waiting.
 */
export async function* untilAborted<T>(
  source: Awaitable<AsyncIterable<T> | Iterable<T>>,
  signal: AbortSignal,
): AsyncGenerator<T, void> {
  let iterator: AsyncIterator<T> | Iterator<T> | undefined;
  let stop: () => void = () => {};
  const onAbort = () => stop();
  signal.addEventListener("abort", onAbort, { once: true });
  const unlessAborted = <R>(step: Awaitable<R>): Promise<R | undefined> => {
    const { promise, resolve, reject } = Promise.withResolvers<R | undefined>();
    stop = () => resolve(undefined);
    if (signal.aborted) stop();
    Promise.resolve(step).then(resolve, reject);
    return promise;
  };
  try {
    const opened = await unlessAborted(source);
    if (!opened && signal.aborted) return;
    iterator = iteratorOf(opened);
    let turnEndsMs = performance.now() + turnMs;
    while (!signal.aborted) {
      if (performance.now() >= turnEndsMs) {
        await setImmediate();
        turnEndsMs = performance.now() + turnMs;
      }
      const result = await unlessAborted(iterator.next());
      if (!result || result.done) return;
      yield result.value;
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    // Not awaited: a source that hangs in `next` would never answer.
    (async () => iterator?.return?.(undefined))().catch(() => {});
  }
}

function iteratorOf<T>(source: AsyncIterable<T> | Iterable<T> | undefined): AsyncIterator<T> | Iterator<T> {
  const { [Symbol.asyncIterator]: openAsync, [Symbol.iterator]: open } = (source ?? {}) as Partial<
    AsyncIterable<T> & Iterable<T>
  >;
  if (openAsync) return openAsync.call(source);
  if (open) return open.call(source);
  throw new TypeError(`The provider gave ${typeof source} where an async iterable belongs`);
}
