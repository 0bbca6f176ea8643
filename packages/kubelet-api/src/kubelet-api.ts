import { once } from "node:events";
import { createServer } from "node:https";
import type { Server, ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { selfSignedCertificate } from "./access/serving-certificate.ts";
import { tlsOptions } from "./access/tls-options.ts";
import { Dispatcher } from "./http/dispatcher.ts";
import { longestTarget } from "./http/request-target.ts";
import { StreamQuota } from "./streaming/stream-quota.ts";
import type { KubeletApiOptions } from "./options.ts";

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
  readonly #connections = new Set<Duplex>();

  /** @throws {TypeError} when the certificate authority or the serving certificate cannot be used. */
  constructor(options: KubeletApiOptions) {
    this.#options = options;
    const { provider, pods, logger, nodeName, addresses = [] } = options;
    const { clientCertificateAuthority, certificate = selfSignedCertificate(nodeName, addresses) } = options;
    this.#dispatcher = new Dispatcher({
      provider,
      pods,
      logger,
      streamQuota: new StreamQuota(options.maxStreams ?? 16_384),
      metrics: options.metrics,
      configuration: options.configuration ?? {},
      logDirectory: options.logDirectory,
      syncLoopProblem: options.syncLoopProblem ?? (() => undefined),
      timeouts: {
        providerMs: options.providerTimeoutMs ?? 30_000,
        idleMs: options.idleTimeoutMs ?? 4 * 60 * 60 * 1000,
        creationMs: options.streamCreationTimeoutMs ?? 30_000,
        pingMs: options.pingIntervalMs ?? 9_000,
      },
    });
    this.#server = createServer({ ...limits, ...tlsOptions({ certificate, clientCertificateAuthority }) });
    this.#server.maxConnections = options.maxConnections ?? 4096;
    this.#listenToServer();
  }

  /**
   * Starts to serve. Serving ends by disposal; `signal` only gives up waiting for the port.
   *
   * @throws {Error} when the port is in use or may not be bound; the message names both.
   */
  async listen(call: { readonly signal?: AbortSignal } = {}): Promise<{ readonly port: number }> {
    const { address: host = "0.0.0.0", port = 10_250 } = this.#options;
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
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    const cutOff = setTimeout(() => this.#cutOff(), closingMs);
    await this.#dispatcher.close();
    clearTimeout(cutOff);
    this.#cutOff();
    await closed;
  }

  #listenToServer(): void {
    const { logger } = this.#options;
    this.#server
      .on("request", (request, response) => this.#dispatcher.answer(request, response))
      .on("upgrade", (request, socket, head) => this.#dispatcher.upgrade(request, socket, head))
      .on("tlsClientError", (error) => logger.debug({ err: error }, "a TLS handshake failed"))
      .on("connection", (socket: Duplex) => this.#remember(socket))
      .on("secureConnection", (socket) => this.#remember(socket));
  }

  #remember(socket: Duplex): void {
    this.#connections.add(socket);
    socket.once("close", () => this.#connections.delete(socket));
  }

  #cutOff(): void {
    for (const socket of this.#connections) socket.destroy();
  }
}

function describe(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === "EADDRINUSE") return "it is in use; choose another, or 0 for any that is free.";
  if (code === "EACCES") return "this user may not bind it; choose one above 1023.";
  return message;
}
