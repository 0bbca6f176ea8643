import { Writable } from "node:stream";
import type { ByteSink } from "@virtual-kubelet/provider";

/** Writes to a Node.js or a web stream, at that stream's pace. */
export interface ByteWriter {
  /** Resolves when the sink wants more; rejects when it takes no more. */
  write(bytes: Uint8Array): Promise<void>;
  /** Says that nothing follows; resolves when all has been taken, or the sink is gone. */
  end(): Promise<void>;
  /** Resolves when the sink takes no more, for whatever reason. */
  readonly closed: Promise<void>;
  /** Gives the sink up, with what it has not yet taken. */
  destroy(): void;
}

/** @throws {TypeError} when the sink is neither kind of stream. */
export function writerOf(sink: ByteSink): ByteWriter {
  if (sink instanceof WritableStream) return webStreamWriter(sink);
  if (typeof (sink as Partial<Writable> | undefined)?.write !== "function") {
    throw new TypeError("The provider gave no stream where one belongs.");
  }
  return writableWriter(sink);
}

function webStreamWriter(sink: WritableStream<Uint8Array>): ByteWriter {
  const writer = sink.getWriter();
  const closed = writer.closed.then(
    () => {},
    () => {},
  );
  return {
    closed,
    destroy: () => void writer.abort().catch(() => {}),
    write: async (bytes) => {
      await writer.ready;
      writer.write(bytes).catch(() => {});
      await writer.ready;
    },
    end: () => writer.close(),
  };
}

function writableWriter(sink: Writable): ByteWriter {
  let failure: Error | undefined;
  // The listener stays: an error between two writes must not be an uncaught one.
  sink.on("error", (error) => (failure = error));
  const closed = new Promise<void>((resolve) => {
    if (sink.destroyed) resolve();
    else sink.once("close", resolve).once("finish", resolve);
  });
  return {
    closed,
    destroy: () => void sink.destroy(),
    write: (bytes) => {
      if (failure ?? sink.destroyed) return Promise.reject(failure ?? new Error("The stream is closed."));
      gather(sink);
      return sink.write(bytes) ? Promise.resolve() : drained(sink);
    },
    end: () => {
      if (!sink.destroyed) sink.end();
      return closed;
    },
  };
}

const gathering = new WeakSet<Writable>();

/**
 * Sends what is written in one turn of the event loop in one piece: TLS gives what it has read by 16 KiB, and a call of the
 * system for each costs more than its bytes. Messages of HTTP, which are no `Writable`, go without: they forget to say that they
 * want more when they were corked.
 */
function gather(sink: Writable): void {
  if (!(sink instanceof Writable) || gathering.has(sink)) return;
  gathering.add(sink);
  sink.cork();
  setImmediate(() => {
    gathering.delete(sink);
    try {
      sink.uncork();
    } catch (error) {
      // A provider's own stream, whose writing throws.
      sink.destroy(error as Error);
    }
  });
}

function drained(sink: Writable): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (outcome: () => void) => (): void => {
      sink.off("drain", onDrain).off("close", onClose).off("error", onClose);
      outcome();
    };
    const onDrain = settle(resolve);
    const onClose = settle(() => reject(sink.errored ?? new Error("The stream was closed before it took everything.")));
    sink.on("drain", onDrain).on("close", onClose).on("error", onClose);
  });
}
