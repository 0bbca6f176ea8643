import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ChildProcess } from "node:child_process";
import { WebSocketServer } from "ws";
import { FakeFaults } from "./fake/fake-faults.ts";
import { fakeNode } from "./fake/fake-node.ts";
import { type FakeCall, Refusal, answer } from "./fake/reply.ts";
import { afterIndex, nothing, routes } from "./fake/routes.ts";
import { Scheduler } from "./fake/scheduler.ts";
import { FakeState } from "./fake/state.ts";
import { serveExec } from "./fake/streams.ts";

export interface FakeNomadOptions {
  /** Capabilities that a token lacks: `submit-job`, `node:read`. */
  readonly denied?: readonly string[];
  /** What the only client has. */
  readonly memoryMB?: number;
}

/** A server and a client of Nomad over real HTTP and websockets, whose tasks are real processes. It says what Nomad 1.6.1 says. */
export class FakeNomad implements AsyncDisposable {
  readonly state: FakeState = new FakeState();
  readonly faults: FakeFaults = new FakeFaults(this);
  /** Method, path and query of every request. */
  readonly seen: string[] = [];
  /** What requests have brought as `X-Nomad-Token`. */
  readonly tokens = new Set<string | undefined>();
  readonly denied: Set<string>;
  readonly sockets = new Set<Socket>();
  readonly #folder = mkdtempSync(join(tmpdir(), "vk-fake-nomad-"));
  readonly #scheduler: Scheduler;
  readonly #execs = new Set<ChildProcess>();
  readonly #websockets = new WebSocketServer({ noServer: true });
  #server: Server = createServer();
  #port = 0;

  private constructor({ denied = [], memoryMB = 8192 }: FakeNomadOptions) {
    this.denied = new Set(denied);
    this.#scheduler = new Scheduler({ state: this.state, folder: this.#folder, nodeId: fakeNode.ID, memoryMB });
  }

  static async start(options: FakeNomadOptions = {}): Promise<FakeNomad> {
    const fake = new FakeNomad(options);
    await fake.listen();
    return fake;
  }

  get address(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Takes requests, at the same port as before. */
  async listen(): Promise<void> {
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.on("connection", (socket) => {
      this.sockets.add(socket);
      socket.once("close", () => this.sockets.delete(socket));
    });
    this.#server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket as Socket, head));
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Takes none any more, and breaks off those under way. */
  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#scheduler.kill();
    for (const child of this.#execs) if (child.exitCode === null) child.kill("SIGKILL");
    await this.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const call = await callOf(request, response);
      this.seen.push(`${call.method} ${request.url}`);
      this.tokens.add(request.headers["x-nomad-token"] as string | undefined);
      if (!this.faults.strikes(call)) await this.#route(call);
    } catch (error) {
      const refusal = error instanceof Refusal ? error : new Refusal(500, String(error));
      if (response.headersSent) response.destroy();
      else answer.words(response, refusal);
    }
  }

  async #route(call: FakeCall): Promise<void> {
    const { method, path, response } = call;
    const route = routes.find((each) => each.method === method && each.path.test(path));
    if (!route) throw new Refusal(404, "Invalid path");
    if (this.denied.has(route.needs)) {
      throw new Refusal(path.startsWith("/v1/client/") || route.needs === "events" ? 500 : 403, "Permission denied");
    }
    const parts = (route.path.exec(path) ?? []).slice(1).map(decodeURIComponent);
    const context = {
      state: this.state,
      scheduler: this.#scheduler,
      node: fakeNode,
    };
    await afterIndex(this.state, call);
    const value = await route.serve(context, { ...call, parts });
    if (value === undefined) return;
    if (value === nothing) answer.nothing(response);
    else if (this.faults.isPartial && Array.isArray(value)) answer.half(response, value, this.state.index);
    else answer.json(response, value, this.state.index);
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const url = new URL(request.url ?? "/", "http://fake");
    const [, id = ""] = /^\/v1\/client\/allocation\/([^/]+)\/exec$/.exec(url.pathname) ?? [];
    this.#websockets.handleUpgrade(request, socket, head, (websocket) => {
      if (this.denied.has("alloc-exec")) return websocket.close(1011, "Permission denied");
      const child = serveExec(this.#scheduler.runs.get(id), url.searchParams, websocket);
      if (child) this.#execs.add(child);
    });
  }
}

async function callOf(request: IncomingMessage, response: ServerResponse): Promise<FakeCall> {
  const url = new URL(request.url ?? "/", "http://fake");
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const body: unknown = text === "" ? undefined : JSON.parse(text);
  return {
    method: request.method ?? "GET",
    path: url.pathname,
    parts: [],
    query: url.searchParams,
    body,
    request,
    response,
  };
}
