import { type WatchLogger, isKubernetesError } from "@virtual-kubelet/kubernetes";
import type { Logger } from "@virtual-kubelet/provider";

/** Of an API server that is away the watch of pods warns already, once; with a watch per object it would be hundreds of times. */
export function watchLogger(logger: Logger): WatchLogger {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.debug(fields, message),
    warn: (fields, message) => (isRefused(fields) ? logger.warn(fields, message) : logger.debug(fields, message)),
    error: (fields, message) => logger.error(fields, message),
  };
}

function isRefused(fields: { readonly err?: unknown }): boolean {
  return isKubernetesError(fields.err) && (fields.err.code === 401 || fields.err.code === 403);
}
