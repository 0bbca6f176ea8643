import type { Readable } from "node:stream";
import type { ByteSource } from "@virtual-kubelet/provider";

interface Steps {
  next(): Promise<IteratorResult<unknown, unknown>>;
  /** Ends the source, also while a `next` is pending. */
  stop(): void;
}

/**
 * The bytes of a source: strings become UTF-8, empty chunks are left out. When `signal` aborts, the source is ended and the
 * iteration throws the signal's reason at once, even if the source hangs. When the consumer stops early, the source is ended.
 *
 * @throws {TypeError} at once when the source is no stream, or later when it yields something other than bytes and strings.
 */
export function readBytes(source: ByteSource, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  return iterate(stepsOf(source), signal);
}

async function* iterate(steps: Steps, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  let interrupt = (): void => {};
  const onAbort = (): void => interrupt();
  signal.addEventListener("abort", onAbort);
  try {
    for (;;) {
      signal.throwIfAborted();
      // A race with one long-lived promise would keep every chunk's reaction until the end; this keeps one.
      const step = await new Promise<IteratorResult<unknown, unknown>>((resolve, reject) => {
        interrupt = () => reject(signal.reason as Error);
        steps.next().then(resolve, reject);
      });
      if (step.done) return;
      const bytes = bytesOf(step.value);
      if (bytes.length > 0) yield bytes;
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    steps.stop();
  }
}

function bytesOf(chunk: unknown): Uint8Array {
  if (typeof chunk === "string") return Buffer.from(chunk);
  if (chunk instanceof Uint8Array) return chunk;
  throw new TypeError(`The provider's stream gave ${typeof chunk} where bytes or a string belong.`);
}

function stepsOf(source: ByteSource): Steps {
  if (source instanceof ReadableStream) return webStreamSteps(source as ReadableStream<unknown>);
  if (isReadable(source)) return readableSteps(source);
  const open = (source as Partial<ByteSource> | undefined)?.[Symbol.asyncIterator];
  if (typeof open !== "function") throw new TypeError("The provider gave no stream where one belongs.");
  const iterator = open.call(source);
  return {
    next: () => iterator.next(),
    // A generator that waits for something runs its `finally` when it wakes; nobody can hurry it.
    stop: () => void iterator.return?.().catch(() => {}),
  };
}

/** By its shape: a `Readable` of the package readable-stream is no instance of ours. */
function isReadable(source: unknown): source is Readable {
  const { pipe, destroy } = (source ?? {}) as Partial<Readable>;
  return typeof pipe === "function" && typeof destroy === "function";
}

function readableSteps(source: Readable): Steps {
  const iterator = source[Symbol.asyncIterator]();
  return {
    next: () => iterator.next(),
    stop: () => {
      source.on("error", () => {});
      source.destroy();
    },
  };
}

function webStreamSteps(source: ReadableStream<unknown>): Steps {
  const reader = source.getReader();
  return {
    next: async () => {
      const { done, value } = await reader.read();
      return done ? { done: true, value: undefined } : { done: false, value };
    },
    stop: () => void reader.cancel().catch(() => {}),
  };
}
