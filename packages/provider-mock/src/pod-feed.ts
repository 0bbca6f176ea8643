import type { PodEvent } from "@virtual-kubelet/provider";

interface Subscriber {
  readonly waiting: PodEvent[];
  wake(): void;
}

/** Hands events to whoever watches, each in its own time. */
export class PodFeed {
  readonly #subscribers = new Set<Subscriber>();

  publish(event: PodEvent): void {
    for (const subscriber of this.#subscribers) {
      subscriber.waiting.push(event);
      subscriber.wake();
    }
  }

  /** Yields `first`, then what is published from now on, until aborted. */
  subscribe(first: readonly PodEvent[], signal: AbortSignal): AsyncIterable<PodEvent> {
    const subscriber: Subscriber = { waiting: [...first], wake: () => {} };
    this.#subscribers.add(subscriber);
    return this.#drain(subscriber, signal);
  }

  async *#drain(subscriber: Subscriber, signal: AbortSignal): AsyncGenerator<PodEvent, void> {
    const wake = () => subscriber.wake();
    signal.addEventListener("abort", wake, { once: true });
    try {
      while (!signal.aborted) {
        yield* subscriber.waiting.splice(0);
        if (subscriber.waiting.length > 0) continue;
        await new Promise<void>((resolve) => (signal.aborted ? resolve() : (subscriber.wake = resolve)));
      }
    } finally {
      signal.removeEventListener("abort", wake);
      this.#subscribers.delete(subscriber);
    }
  }
}
