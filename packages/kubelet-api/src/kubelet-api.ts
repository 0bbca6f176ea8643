import { once } from "node:events";
import { createServer } from "node:https";
import type { Server, ServerOptions } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { AccessControl } from "./access/access-control.ts";
import { Connections } from "./http/connections.ts";
import { Dispatcher } from "./http/dispatcher.ts";
import { nodeServices } from "./http/node-services.ts";
import { longestTarget } from "./http/request-target.ts";
import type { KubeletApiOptions } from "./options.ts";
import { untilAborted } from "./streaming/until-aborted.ts";
import { TlsMaterial } from "./tls/tls-material.ts";
import { tlsOptions } from "./tls/tls-options.ts";

/** How long streams are given to end when the server closes. */
const closingMs = 1000;

const limits: ServerOptions = {
  // The request line counts here too; longer targets and headers than allowed are told so in HTTP.
  maxHeaderSize: longestTarget + 24 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 90_000,
  connectionsCheckingInterval: 2_000,
  keepAlive: true,
  keepAliveInitialDelay: 15_000,
};

/** The HTTPS server of a node that the control plane calls back. */
export class KubeletApi implements AsyncDisposable {
  readonly #options: KubeletApiOptions;
  readonly #dispatcher: Dispatcher;
  readonly #server: Server;
  readonly #material: TlsMaterial;
  readonly #connections: Connections;

  /** @throws {TypeError} when the certificate authority or the serving certificate cannot be used. */
  constructor(options: KubeletApiOptions) {
    this.#options = options;
    this.#material = new TlsMaterial(options);
    this.#connections = new Connections({ limit: options.maxConnections ?? 4096 });
    this.#dispatcher = this.#newDispatcher(options);
    this.#server = createServer({ ...limits, ...tlsOptions, ...this.#material.context });
    // None are dropped in silence: too many are told so in HTTP.
    this.#server.maxHeadersCount = 0;
    this.#listenToServer();
  }

  /**
   * Starts to serve, once the authorities of callers are known. Serving ends by disposal; `signal` only gives up waiting.
   *
   * @throws {Error} when the port is in use or may not be bound; the message names both.
   */
  async listen(call: { readonly signal?: AbortSignal } = {}): Promise<{ readonly port: number }> {
    const { address: host = "0.0.0.0", port = 10_250 } = this.#options;
    const known = this.#material.follow(() => this.#server.setSecureContext(this.#material.context));
    await (call.signal ? untilAborted(known, call.signal) : known);
    this.#server.listen({ host, port });
    try {
      await once(this.#server, "listening", call);
    } catch (cause) {
      this.#server.close();
      throw new Error(`The kubelet API cannot listen on port ${port} of ${host}: ${describe(cause)}`, { cause });
    }
    return { port: (this.#server.address() as AddressInfo).port };
  }

  /** Stops listening and ends every stream within about a second. Commands that still run are aborted. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#material[Symbol.dispose]();
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    const cutOff = setTimeout(() => this.#connections.destroy(), closingMs);
    await this.#dispatcher.close();
    clearTimeout(cutOff);
    this.#connections.destroy();
    await closed;
  }

  #newDispatcher(options: KubeletApiOptions): Dispatcher {
    const { logger, nodeName, reviews, commandVerb = "create" } = options;
    return new Dispatcher({
      services: nodeServices(options),
      access: new AccessControl({
        authorities: this.#material.authorities,
        reviews,
        nodeName,
        logger,
        tokenTtlMs: options.tokenTtlMs ?? 2 * 60_000,
        allowedTtlMs: options.allowedTtlMs ?? 5 * 60_000,
        deniedTtlMs: options.deniedTtlMs ?? 30_000,
      }),
      connections: this.#connections,
      commandVerb,
    });
  }

  #listenToServer(): void {
    const { logger } = this.#options;
    this.#server
      .on("request", (request, response) => this.#dispatcher.answer(request, response))
      .on("upgrade", (request, socket, head) => this.#dispatcher.upgrade(request, socket, head))
      .on("tlsClientError", (error) => logger.debug({ err: error }, "a TLS handshake failed"))
      .on("connection", (socket: Socket) => this.#connections.open(socket))
      .on("secureConnection", (socket) => {
        if (this.#material.authorities.trusts(socket)) this.#connections.prove(socket);
      });
  }
}

function describe(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === "EADDRINUSE") return "it is in use; choose another, or 0 for any that is free.";
  if (code === "EACCES") return "this user may not bind it; choose one above 1023.";
  return message;
}
