/** Aborts when this program is to stop: SIGINT, SIGTERM, SIGHUP, or the end of whoever started it. */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  const stop = (): void => {
    // A second time: end at once. What is left is ended by the parent.
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new Stopped());
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP", "disconnect"]) process.on(name, stop);
  process.channel?.unref();
  return controller.signal;
}

/** The reason of that signal: no failure. */
export class Stopped extends Error {
  override readonly name = "Stopped";

  constructor() {
    super("Stopped.");
  }
}
