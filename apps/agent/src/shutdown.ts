/** A stop that was asked for with SIGTERM or SIGINT. */
export interface Shutdown extends Disposable {
  /** Aborts at the first signal. */
  readonly signal: AbortSignal;
}

/**
 * Turns SIGTERM and SIGINT into an `AbortSignal`. A second one, or `limitMs` without an end, ends the process at once with
 * exit code 1: what runs, runs on in the backend, and the next start finds it.
 */
export function shutdownOnSignals(options: {
  readonly limitMs: number;
  readonly say: (message: string) => void;
}): Shutdown {
  const controller = new AbortController();
  const endAtOnce = (why: string): never => {
    options.say(why);
    process.exit(1);
  };
  const onSignal = (name: string): void => {
    if (controller.signal.aborted) endAtOnce(`${name} again: ended at once.`);
    controller.abort(new Error(`stopped by ${name}`));
    setTimeout(() => endAtOnce(`Not stopped after ${options.limitMs / 1000} s: ended.`), options.limitMs).unref();
  };
  process.on("SIGTERM", onSignal).on("SIGINT", onSignal);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => void process.off("SIGTERM", onSignal).off("SIGINT", onSignal),
  };
}
