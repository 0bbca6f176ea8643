import { isIP } from "node:net";
import { checkServerIdentity, type ConnectionOptions } from "node:tls";
import type { Agent, Dispatcher, ProxyAgent } from "undici";
import type { Credentials } from "../connection/connection.ts";
import { requestKind } from "../diagnostics/request-kind.ts";
import { KubernetesError } from "./kubernetes-error.ts";
import { sameIdentity } from "./same-credentials.ts";

export interface DispatchersOptions {
  readonly proxyUrl?: string | undefined;
  /** Of the lane that most requests go on. */
  readonly maxConnections: number;
}

/**
 * Which connections a request goes on. Each lane has its own, so that what hangs or is throttled in one holds up no other:
 * a node's sign of life is never behind pods, nor pods behind events. Of `stream` each has its connection for itself.
 */
export type Lane = "node" | "request" | "event" | "stream";

/** How many connections a lane has at most, where that is not for the client's owner to say. */
const laneConnections = {
  // A lease and a status at once, and room for a connection that hangs in either until its deadline.
  node: 4,
  // One that hangs leaves one.
  event: 2,
  stream: null,
} as const satisfies Partial<Record<Lane, number | null>>;

const laneOfResource: ReadonlyMap<string, Lane> = new Map([
  ["leases", "node"],
  ["nodes", "node"],
  ["events", "event"],
]);

/** The lane of a request that is answered once. */
export function laneOf({ method, path }: { readonly method: string; readonly path: string }): Lane {
  const [resource = ""] = requestKind(method, path).resource.split("/");
  return laneOfResource.get(resource) ?? "request";
}

interface Undici {
  readonly Agent: typeof Agent;
  readonly ProxyAgent: typeof ProxyAgent;
}

type Pools = Readonly<Record<Lane, Dispatcher>>;

const pool = {
  // HTTP/1.1: a watch is a connection, so that a dead one is found and ended alone. undici's pings of an HTTP/2 connection,
  // which everything would share, have no timeout.
  allowH2: false,
  pipelining: 1,
  // Less than the 90 s after which an API server closes an idle connection; a shorter hint of the server's is obeyed.
  keepAliveTimeout: 60_000,
  // Deadlines are ours: per request, and per silence of a watch.
  headersTimeout: 0,
  bodyTimeout: 0,
} as const;

/** A peer that has vanished from the network is found by the kernel after 15 s of silence and ten probes, one a second. */
const socket = { keepAlive: true, keepAliveInitialDelay: 15_000, timeout: 10_000 } as const;

/**
 * The connection pools of one identity: made once, and made anew only when a certificate, key or CA has changed.
 * Each lane has a pool of its own, so that neither watches nor requests that hang keep those of another waiting.
 */
export class Dispatchers implements AsyncDisposable {
  readonly #options: DispatchersOptions;
  /** Pools of earlier credentials in which something is still under way. */
  readonly #leaving = new Set<Dispatcher>();
  #credentials: Credentials | undefined;
  #pools: Pools | undefined;
  #closed = false;

  constructor(options: DispatchersOptions) {
    this.#options = options;
  }

  async request(
    as: { readonly credentials: Credentials; readonly lane: Lane },
    options: Dispatcher.RequestOptions,
  ): Promise<Dispatcher.ResponseData> {
    // Loaded with the first request: who imports this package for its types or quantities pays neither 30 MB nor 80 ms.
    const undici = await import("undici");
    // In the same breath: another request's newer credentials may close what was found for this one.
    return this.#poolsFor(as.credentials, undici)[as.lane].request(options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const open = [...Object.values(this.#pools ?? {}), ...this.#leaving];
    await Promise.all(open.map((dispatcher) => dispatcher.destroy()));
  }

  #poolsFor(credentials: Credentials, undici: Undici): Pools {
    if (this.#closed) throw new KubernetesError("Closed", "the client is closed");
    const known = this.#credentials;
    if (this.#pools && known && sameIdentity(known, credentials)) return this.#pools;
    // Requests under way end on the connections on which they began.
    for (const old of Object.values(this.#pools ?? {})) this.#leave(old);
    this.#credentials = credentials;
    const { maxConnections } = this.#options;
    const connect = this.#connector(undici, credentials);
    this.#pools = {
      request: connect(maxConnections),
      node: connect(laneConnections.node),
      event: connect(laneConnections.event),
      stream: connect(laneConnections.stream),
    };
    return this.#pools;
  }

  #leave(old: Dispatcher): void {
    this.#leaving.add(old);
    const left = (): boolean => this.#leaving.delete(old);
    old.close().then(left, left);
  }

  #connector(undici: Undici, credentials: Credentials): (connections: number | null) => Dispatcher {
    const { ca, cert, key, serverName, insecureSkipTlsVerify } = credentials;
    const tls = {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(serverName === undefined ? {} : expecting(serverName)),
      ...(insecureSkipTlsVerify ? { rejectUnauthorized: false } : {}),
    };
    const { proxyUrl } = this.#options;
    if (proxyUrl === undefined)
      return (connections) => new undici.Agent({ ...pool, connections, connect: { ...tls, ...socket } });
    return (connections) =>
      new undici.ProxyAgent({
        ...pool,
        connections,
        uri: proxyUrl,
        requestTls: { ...tls, ...socket },
        proxyTls: socket,
      });
  }
}

/** A TLS client may not ask for an address by name, but it may expect one. */
function expecting(serverName: string): Pick<ConnectionOptions, "servername" | "checkServerIdentity"> {
  if (isIP(serverName) === 0) return { servername: serverName };
  return { checkServerIdentity: (_, certificate) => checkServerIdentity(serverName, certificate) };
}
