import type { KubeletApiOptions } from "../options.ts";
import { StreamQuota } from "../streaming/stream-quota.ts";
import type { NodeServices } from "./exchange.ts";

/** What the routes work with, as the options have it. */
export function nodeServices(options: KubeletApiOptions): NodeServices {
  const { provider, pods, logger, metrics, logDirectory } = options;
  return {
    provider,
    pods,
    logger,
    metrics,
    logDirectory,
    configuration: options.configuration ?? {},
    syncLoopProblem: options.syncLoopProblem ?? (() => undefined),
    streamQuota: new StreamQuota(options.maxStreams ?? 16_384),
    timeouts: {
      providerMs: options.providerTimeoutMs ?? 30_000,
      idleMs: options.idleTimeoutMs ?? 4 * 60 * 60 * 1000,
      creationMs: options.streamCreationTimeoutMs ?? 30_000,
      pingMs: options.pingIntervalMs ?? 9_000,
    },
  };
}
