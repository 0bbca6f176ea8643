import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Awaitable, Call, Logger, Provider } from "@virtual-kubelet/provider";
import { ProviderError } from "@virtual-kubelet/provider";
import type { Caller } from "../access/caller.ts";
import type { MetricsSource } from "../metrics-source.ts";
import type { PodSource } from "../pod-source.ts";
import type { StreamQuota } from "../streaming/stream-quota.ts";

/** What the routes work with. */
export interface NodeServices {
  readonly provider: Provider;
  readonly pods: PodSource;
  readonly logger: Logger;
  readonly timeouts: Timeouts;
  readonly streamQuota: StreamQuota;
  readonly metrics: MetricsSource | undefined;
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly logDirectory: string | undefined;
  /** Why the node does not follow its pods at the moment; `undefined` when it does. */
  readonly syncLoopProblem: () => string | undefined;
}

export interface Timeouts {
  /** How long the provider may take to answer, or to open a stream. */
  readonly providerMs: number;
  /** How long a stream may carry nothing in either direction. */
  readonly idleMs: number;
  /** How long a client may take to open the streams that it has announced. */
  readonly creationMs: number;
  /** How often a client that is silent is asked whether it is still there. */
  readonly pingMs: number;
}

/** One request, admitted and routed. */
export interface Exchange {
  readonly services: NodeServices;
  readonly request: IncomingMessage;
  readonly caller: Caller;
  /** What stands for the `{…}` of the route's path. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Ends everything that is done for this request: the client is gone, the server closes, or time is up. */
  readonly controller: AbortController;
}

/** A connection whose client wants to leave HTTP. */
export interface Upgrade {
  readonly socket: Duplex;
  /** What the client sent right after its request. */
  readonly head: Buffer;
}

/**
 * Calls the provider, and waits no longer than the deadline or the client does, even if the provider never answers. The
 * call's signal then aborts, and what is given all the same goes to `late`: streams have to be ended, and an error of one
 * that nobody listens to would end the node. Once the call has resolved, the signal lives on with the exchange: for a stream
 * it must.
 *
 * @throws what the provider throws, `ProviderError` DeadlineExceeded, or the reason why the exchange was aborted.
 */
export async function callProvider<T>(
  exchange: Exchange,
  run: (call: Call) => Awaitable<T>,
  late: (given: T) => Promise<unknown> = async () => {},
): Promise<T> {
  const { controller, services } = exchange;
  const { signal } = controller;
  const timeoutMs = services.timeouts.providerMs;
  signal.throwIfAborted();
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason as Error);
    signal.addEventListener("abort", onAbort);
  });
  const timer = setTimeout(() => {
    controller.abort(new ProviderError("DeadlineExceeded", `The provider did not answer within ${timeoutMs} ms.`));
  }, timeoutMs);
  try {
    const running = (async () => run({ signal }))();
    aborted.catch(() => running.then(late)).catch(() => {});
    return await Promise.race([running, aborted]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}
