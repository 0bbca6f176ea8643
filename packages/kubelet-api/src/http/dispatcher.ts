import type { IncomingMessage, ServerResponse } from "node:http";
import { performance } from "node:perf_hooks";
import type { Duplex } from "node:stream";
import type { AccessControl } from "../access/access-control.ts";
import { type AuditedOutcome, auditLine } from "../audit.ts";
import { HttpError, errorMessage, errorResponse } from "../error-response.ts";
import { routes } from "../routes.ts";
import { checkHeaders } from "./check-headers.ts";
import type { Connections } from "./connections.ts";
import type { Exchange, NodeServices } from "./exchange.ts";
import { answerError, refuseUpgrade } from "./plain-answer.ts";
import { publishRequest } from "./request-channel.ts";
import { parseRequestTarget } from "./request-target.ts";
import { accessOf, matchRoute, strayAccess } from "./route.ts";
import type { CommandVerb, Route } from "./route.ts";

export interface DispatcherOptions {
  readonly services: NodeServices;
  readonly access: AccessControl;
  readonly connections: Connections;
  readonly commandVerb: CommandVerb;
}

/** How many requests of one connection may wait for their answers: nobody needs more than one. */
const mostPipelined = 16;

/** What became of a request. */
interface Served {
  readonly route: string | undefined;
  readonly status: number;
}

/** A request of somebody known, and the route of its path. */
interface Matched {
  readonly route: Route;
  readonly exchange: Exchange;
}

/** Takes requests from the server: who calls, for what, and whether that exists; then the route has it. */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #open = new Set<Promise<void>>();
  readonly #controllers = new Set<AbortController>();
  /** How many requests of a connection are not answered yet. */
  readonly #unanswered = new WeakMap<Duplex, number>();

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /** A plain request. */
  answer(request: IncomingMessage, response: ServerResponse): void {
    response.on("error", () => {});
    const { socket } = request;
    const before = this.#unanswered.get(socket) ?? 0;
    if (before >= mostPipelined) {
      socket.destroy();
      return;
    }
    this.#unanswered.set(socket, before + 1);
    response.once("close", () => this.#unanswered.set(socket, (this.#unanswered.get(socket) ?? 1) - 1));
    this.#track(request, async (controller) => {
      response.once("close", () => controller.abort(new Error("The client is gone.")));
      let path: string | undefined;
      try {
        const matched = await this.#match(request, controller);
        path = matched.route.path;
        await this.#admit(matched, async ({ route, exchange }) => {
          if (!("answer" in route)) throw new HttpError(400, "unable to upgrade: the request has no upgrade headers");
          request.resume();
          return route.answer(exchange, response);
        });
      } catch (error) {
        answerError(response, this.#answerTo(error, { path, gone: response.destroyed }));
      }
      return { route: path, status: response.statusCode };
    });
  }

  /** A request to leave HTTP. What is refused is refused in HTTP, and the connection ends. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => {});
    // The answers that it still waits for would stand between those of the other protocol.
    if ((this.#unanswered.get(socket) ?? 0) > 0) {
      socket.destroy();
      return;
    }
    this.#track(request, async (controller) => {
      socket.once("close", () => controller.abort(new Error("The client is gone.")));
      let path: string | undefined;
      try {
        const matched = await this.#match(request, controller);
        path = matched.route.path;
        await this.#admit(matched, async ({ route, exchange }) => {
          if (!("upgrade" in route)) throw new HttpError(400, "This path cannot be upgraded to another protocol.");
          if (hasBody(request)) throw new HttpError(400, "unable to upgrade: the request has a body");
          return route.upgrade(exchange, { socket, head });
        });
        return { route: path, status: 101 };
      } catch (error) {
        const refusal = this.#answerTo(error, { path, gone: socket.destroyed });
        refuseUpgrade(socket, refusal);
        return { route: path, status: refusal.status };
      }
    });
  }

  /** Ends what is going on; resolves when all of it has ended. */
  async close(): Promise<void> {
    const reason = new HttpError(503, "The node's kubelet API is closing.");
    for (const controller of this.#controllers) controller.abort(reason);
    await Promise.allSettled(this.#open);
  }

  #track(request: IncomingMessage, serve: (controller: AbortController) => Promise<Served>): void {
    const controller = new AbortController();
    this.#controllers.add(controller);
    const served = this.#serve(request, () => serve(controller));
    this.#open.add(served);
    void served.finally(() => {
      this.#open.delete(served);
      this.#controllers.delete(controller);
    });
  }

  async #serve(request: IncomingMessage, serve: () => Promise<Served>): Promise<void> {
    const startedAt = performance.now();
    try {
      const { route, status } = await serve();
      publishRequest({ route, method: request.method ?? "", status, durationMs: performance.now() - startedAt });
    } catch (error) {
      this.#options.services.logger.error({ err: error }, "a request failed in the kubelet API itself");
    }
  }

  /** Nobody is told what there is before it is known who asks, and that they may know. */
  async #match(request: IncomingMessage, controller: AbortController): Promise<Matched> {
    const { services, access, connections } = this.#options;
    const { signal } = controller;
    checkHeaders(request);
    const caller = await access.authenticate(request, signal);
    connections.prove(request.socket);
    const { segments, query } = parseRequestTarget(request.url ?? "");
    const { method = "" } = request;
    const match = matchRoute(routes, method, segments);
    if (match.type === "found") {
      const { route, parameters } = match;
      return { route, exchange: { services, request, caller, parameters, query, controller } };
    }
    await access.authorize(caller, strayAccess(method), signal);
    if (match.type === "not found") throw new HttpError(404, "404 page not found");
    throw new HttpError(405, "405: Method Not Allowed", { Allow: match.allowed.join(", ") });
  }

  /** Lets the route have the request, if its caller may, and leaves the audit line, whatever became of it. */
  async #admit(matched: Matched, serve: (admitted: Matched) => Promise<AuditedOutcome | void>): Promise<void> {
    const { access, commandVerb } = this.#options;
    const { route, exchange } = matched;
    const { request, caller, controller } = exchange;
    const startedAt = performance.now();
    const leave = (outcome: AuditedOutcome): void => {
      const durationMs = performance.now() - startedAt;
      if (route.audited) auditLine(exchange, { action: route.audited, ...outcome, durationMs });
    };
    try {
      const needed = accessOf(route, { method: request.method ?? "", commandVerb });
      await access.authorize(caller, needed, controller.signal);
      leave((await serve(matched)) ?? { outcome: "" });
    } catch (error) {
      leave({ outcome: `${error instanceof HttpError ? "refused" : "failed"}: ${errorMessage(error)}` });
      throw error;
    }
  }

  /** What our own rules refuse is the caller's business; what failed behind us is the operator's too. */
  #answerTo(error: unknown, { path, gone }: { readonly path: string | undefined; readonly gone: boolean }): HttpError {
    const answer = errorResponse(error);
    if (!gone && !(error instanceof HttpError) && answer.status >= 500) {
      const { logger } = this.#options.services;
      logger.warn({ err: error, route: path, status: answer.status }, "a request for the node failed");
    }
    return answer;
  }
}

/** Where it ends and the other protocol begins would be for each side to guess. */
function hasBody({ headers }: IncomingMessage): boolean {
  return (headers["content-length"] ?? "0") !== "0" || headers["transfer-encoding"] !== undefined;
}
