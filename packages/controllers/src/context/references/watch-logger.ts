import { type WatchLogger, isKubernetesError } from "@virtual-kubelet/kubernetes";
import type { Logger } from "@virtual-kubelet/provider";

/**
 * Of an API server that is away the watch of pods warns already, once; with a watch per object it would be hundreds of times. That
 * they are refused is told once for all that share it: a role that lets a node get objects and not watch them is nothing unusual.
 */
export function watchLogger(logger: Logger): WatchLogger {
  let isTold = false;
  const warn = (fields: { readonly err?: unknown }, message: string): void => {
    const isNews = isRefused(fields.err) && !isTold;
    isTold ||= isNews;
    logger[isNews ? "warn" : "debug"](fields, message);
  };
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.debug(fields, message),
    warn,
    error: (fields, message) => logger.error(fields, message),
  };
}

/** Whether the API server does not let us watch, or list, what it may well let us get. */
export function isRefused(error: unknown): boolean {
  return isKubernetesError(error) && error.code === 403;
}
