import { pause } from "../client/pause.ts";
import type { WatchLogger } from "../watch/object-watch.ts";

export interface PolledOptions {
  /** What it is, for the log: `the file ca.crt`. */
  readonly what: string;
  readonly logger?: WatchLogger | undefined;
  readonly intervalMs: number;
  readonly signal: AbortSignal;
}

/** What `read` gives now and each time that it gives something else. While it fails what it gave before counts; the log says so once. */
export async function* polled<T>(read: () => Promise<T>, options: PolledOptions): AsyncGenerator<T, void, undefined> {
  const { what, logger, intervalMs, signal } = options;
  let known: string | undefined;
  let failing = false;
  while (!signal.aborted) {
    try {
      const value = await read();
      failing = false;
      const text = JSON.stringify(value);
      if (text !== known) yield value;
      known = text;
    } catch (err) {
      if (signal.aborted) return;
      if (!failing) logger?.warn({ err }, `${what} cannot be read; it is tried again`);
      failing = true;
    }
    await pause(intervalMs, signal).catch(() => {});
  }
}
