import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import { type Server, createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { KeyPairPem } from "@virtual-kubelet/kubernetes";
import { identityOf } from "./access/identity.ts";
import { ApiError } from "./api-error.ts";
import { isDryRun, onTrial } from "./api/dry-run.ts";
import type { ApiAnswer, ApiRequest, ResourceRequest } from "./api/request.ts";
import { type ResourceTarget, handlerOf, plainRoutes, resourceTarget, upgradeRoutes } from "./api/request-router.ts";
import type { KubeletClient } from "./kubelet/client.ts";
import { joinStreams } from "./kubelet/streams.ts";
import type { ObjectStorage } from "./storage/object-storage.ts";

export interface ApiServerOptions {
  readonly storage: ObjectStorage;
  readonly kubelet: KubeletClient;
  readonly certificate: KeyPairPem;
  /** PEM: whose certificates identify a client. */
  readonly clientAuthority: string;
  readonly logger?: { error(fields: object, message: string): void };
}

const bodyLimitBytes = 3 * 1024 * 1024;
const warningLimitBytes = 4096;

/** The HTTPS server: who asks, for what, and what they get. */
export class ApiServer implements AsyncDisposable {
  readonly #options: ApiServerOptions;
  readonly #server: Server;
  /** Of each request that is under way. */
  readonly #open = new Set<AbortController>();

  constructor(options: ApiServerOptions) {
    this.#options = options;
    const { certificate, key } = options.certificate;
    // Without a certificate one still gets an answer, mostly 401.
    const access = {
      cert: certificate,
      key,
      ca: options.clientAuthority,
      requestCert: true,
      rejectUnauthorized: false,
    };
    this.#server = createServer({ ...access, keepAliveTimeout: 90_000, noDelay: true });
    this.#server.on("request", (incoming, response) => void this.#serve(incoming, response));
    this.#server.on("upgrade", (incoming, socket, head) => void this.#upgrade(incoming, socket, head));
  }

  /** Rejects with the error of the system when it cannot listen there. */
  async listen(options: { readonly port: number; readonly address: string }): Promise<{ readonly port: number }> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(options.port, options.address, () => resolve());
    });
    return { port: (this.#server.address() as AddressInfo).port };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const controller of this.#open) controller.abort();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = this.#untilClosed(response);
    try {
      const answer = await this.#answer(this.#requestOf(incoming, gone));
      if ("stream" in answer) await answer.stream(response);
      else send(response, answer);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else send(response, this.#failure(error));
    }
  }

  async #upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const gone = this.#untilClosed(socket);
    socket.on("error", () => socket.destroy());
    // The server no longer knows it as a connection, and would wait for a client that does not hang up.
    gone.addEventListener("abort", () => socket.destroy());
    try {
      const request = this.#requestOf(incoming, gone);
      const target = this.#target(request);
      if (!upgradeRoutes.has(target.subresource))
        throw new ApiError("BadRequest", `${request.path} cannot be upgraded`);
      await joinStreams(this.#resourceRequest(request, target), { incoming, socket, head });
    } catch (error) {
      const { code, body } = this.#failure(error);
      const text = JSON.stringify(body);
      const lines = [
        `HTTP/1.1 ${code} ${STATUS_CODES[code]}`,
        "Content-Type: application/json",
        `Content-Length: ${Buffer.byteLength(text)}`,
        "Connection: close",
      ];
      socket.end(`${lines.join("\r\n")}\r\n\r\n${text}`);
    }
  }

  /** Aborts when the client is gone, or the server ends. */
  #untilClosed(connection: ServerResponse | Duplex): AbortSignal {
    const controller = new AbortController();
    this.#open.add(controller);
    connection.once("close", () => {
      this.#open.delete(controller);
      controller.abort();
    });
    return controller.signal;
  }

  async #answer(request: ApiRequest): Promise<ApiAnswer> {
    for (const route of plainRoutes) {
      const match = route.method === request.method ? route.path.exec(request.path) : null;
      const answer = match && (await route.answer(request, match));
      if (answer) return answer;
    }
    const target = this.#target(request);
    return handlerOf(request.method, target)(this.#resourceRequest(request, target));
  }

  #requestOf(incoming: IncomingMessage, gone: AbortSignal): ApiRequest {
    const { method = "GET", headers } = incoming;
    // Put together as text: two slashes at its beginning are no host.
    const { pathname: path, searchParams: query } = new URL(`https://localhost${incoming.url ?? "/"}`);
    const open = plainRoutes.some((route) => route.open && route.method === method && route.path.test(path));
    const user =
      identityOf(incoming) ?? (open ? { name: "system:anonymous", groups: ["system:unauthenticated"] } : undefined);
    if (!user) throw new ApiError("Unauthorized", "Unauthorized");
    return {
      method,
      path,
      query,
      headers,
      user,
      signal: gone,
      body: () => bodyOf(incoming),
    };
  }

  #target(request: ApiRequest): ResourceTarget {
    const target = resourceTarget(request.path);
    if (!target) throw new ApiError("NotFound", "the server could not find the requested resource", {});
    return target;
  }

  #resourceRequest(request: ApiRequest, target: ResourceTarget): ResourceRequest {
    const { storage, kubelet } = this.#options;
    const dryRun = request.method !== "GET" && isDryRun(request.method, request.query.getAll("dryRun"));
    return onTrial({ ...request, ...target, storage, kubelet }, { dryRun });
  }

  #failure(error: unknown): { readonly code: number; readonly body: object } {
    if (error instanceof ApiError) return { code: error.code, body: error.status() };
    this.#options.logger?.error({ error }, "A request failed for an unexpected reason");
    const internal = new ApiError(
      "InternalError",
      `Internal error occurred: ${error instanceof Error ? error.message : String(error)}`,
    );
    return { code: internal.code, body: internal.status() };
  }
}

function send(response: ServerResponse, answer: Exclude<ApiAnswer, { readonly stream: unknown }>): void {
  const { code = 200, body, contentType = "application/json", warnings = [] } = answer;
  // Bytes, for Node.js would encode the header as it encodes a text that follows it.
  const bytes = Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  response.setHeader("content-type", contentType);
  response.setHeader("content-length", bytes.length);
  if (warnings.length > 0) response.setHeader("warning", warningHeaders(warnings));
  response.writeHead(code);
  response.end(bytes);
}

/** As bytes of UTF-8, and as many as clients can bear (apiserver, `filters.WithWarningRecorder`). */
function warningHeaders(warnings: readonly string[]): readonly string[] {
  let left = warningLimitBytes;
  return warnings
    .map((warning) => Buffer.from(`299 - ${JSON.stringify(warning.replaceAll("\u007f", ""))}`).toString("latin1"))
    .filter((header) => (left -= header.length) >= 0);
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.length;
    // The rest is read all the same, and dropped: what is left unread stands in the way of the next request.
    if (length <= bodyLimitBytes) chunks.push(chunk);
  }
  if (length > bodyLimitBytes)
    throw new ApiError("RequestEntityTooLarge", `Request entity too large: limit is ${bodyLimitBytes}`);
  return Buffer.concat(chunks);
}
