import { once } from "node:events";
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import { Agent, Server as TlsServer, createServer as createTlsServer, request } from "node:https";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { TLSSocket } from "node:tls";
import type { Connection, KeyPairPem } from "@virtual-kubelet/kubernetes";
import type { ApiRequest, Match } from "./api-request.ts";
import { Holds } from "./holds.ts";
import type { PerturbedView } from "./perturbed-view.ts";
import { type Verdict, give } from "./verdict.ts";
import { watchLines } from "./watch-lines.ts";

export interface ApiProxyOptions {
  /** Of the API server, as whom everybody comes who goes through the proxy. */
  readonly upstream: Connection;
  /** With it the proxy speaks TLS. */
  readonly certificate?: KeyPairPem;
}

/** Stands between a node and its API server, and does there what a scenario says. */
export class ApiProxy implements AsyncDisposable {
  /** Judges each request; later, if it wants to keep it waiting. */
  judge: (request: ApiRequest) => Verdict | Promise<Verdict> = () => undefined;
  /** What a line of a watch becomes: nothing, itself, several, or bytes that are no line. */
  rewrite: (line: string) => readonly (string | Uint8Array)[] = (line) => [`${line}\n`];
  /** What becomes of whole watches; as they are when absent. */
  view: PerturbedView | undefined;
  readonly requests: ApiRequest[] = [];
  /** For a node, which says nothing of itself here: to the cluster it is who the proxy is. */
  readonly connection: Connection;
  readonly #target: string;
  readonly #agent: Agent;
  readonly #server: Server;
  readonly #holds = new Holds();
  readonly #open = new Set<ServerResponse>();
  readonly #watches = new Set<ServerResponse>();
  readonly #silenced = new WeakSet<ServerResponse>();

  private constructor(target: string, agent: Agent, server: Server) {
    this.#target = target;
    this.#agent = agent;
    this.#server = server;
    const scheme = server instanceof TlsServer ? "https" : "http";
    const { port } = server.address() as AddressInfo;
    this.connection = { server: `${scheme}://127.0.0.1:${port}`, namespace: "default", credentials: () => ({}) };
    server.on("request", (from: IncomingMessage, to: ServerResponse) => {
      void this.#answer(from, to).catch(() => to.destroy());
    });
  }

  static async start({ upstream, certificate }: ApiProxyOptions): Promise<ApiProxy> {
    const { ca, cert, key } = await upstream.credentials({ refresh: false, signal: AbortSignal.timeout(5_000) });
    const agent = new Agent({ ca, cert, key, keepAlive: true });
    const server = certificate ? tlsServer(certificate) : createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new ApiProxy(upstream.server, agent, server);
  }

  /** Requests that came since, and that are as the scenario wants them. */
  count(is: Match, sinceMs = 0): number {
    return this.requests.filter((each) => each.atMs >= sinceMs && is(each)).length;
  }

  /** The next such request is never passed on, or its answer never given back; resolves once that is so. */
  hold(is: Match, at: "request" | "answer"): Promise<void> {
    return this.#holds.add(is, at);
  }

  /** Breaks off whatever is being answered, and with it all watches. */
  cut(): void {
    for (const each of this.#open) each.destroy();
  }

  /** Ends every watch without ending its answer. */
  cutWatches(): void {
    for (const watch of this.#watches) watch.destroy();
  }

  /** As a server does it when a watch's time is up. */
  endWatches(): void {
    for (const watch of this.#watches) watch.end();
  }

  /** The watches that are open now say nothing more, nor end: what a network does that has lost the other side. */
  silenceWatches(): void {
    for (const watch of this.#watches) this.#silenced.add(watch);
  }

  /** From now on another certificate, and new connections. */
  presentAs({ certificate: cert, key }: KeyPairPem): void {
    if (this.#server instanceof TlsServer) this.#server.setSecureContext({ cert, key });
    this.#server.closeAllConnections();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    this.#agent.destroy();
    await closed;
  }

  async #answer(from: IncomingMessage, to: ServerResponse): Promise<void> {
    this.#open.add(to);
    to.on("close", () => this.#open.delete(to));
    const atMs = performance.now();
    const body = await buffer(from);
    const seen = requestOf(from, { body: body.toString(), atMs });
    this.requests.push(seen);
    if (this.#holds.meet(seen, "request")) return;
    const verdict = await this.judge(seen);
    if (verdict === "hang") return;
    if (verdict === "cut") return void from.socket.destroy();
    if (typeof verdict === "object") return give(verdict, to);
    const answer = await this.#ask(from, body, to);
    if (this.#holds.meet(seen, "answer") || verdict === "unheard") answer.resume();
    else if (verdict === "lost") to.destroy();
    else await this.#pass(seen, answer, to);
  }

  async #ask({ method, url = "/", headers }: IncomingMessage, body: Buffer, to: ServerResponse) {
    const { authorization: _, host: __, ...passed } = headers;
    const onward = request(new URL(url, this.#target), { method, headers: passed, agent: this.#agent } as object);
    to.on("close", () => onward.destroy());
    onward.end(body);
    const [answer] = (await once(onward, "response")) as [IncomingMessage];
    onward.on("error", () => to.destroy());
    return answer;
  }

  async #pass({ path, isWatch }: ApiRequest, answer: IncomingMessage, to: ServerResponse): Promise<void> {
    to.writeHead(answer.statusCode ?? 500, answer.headers).flushHeaders();
    if (!isWatch || answer.statusCode !== 200) return void answer.on("error", () => to.destroy()).pipe(to);
    this.#watches.add(to);
    to.on("close", () => this.#watches.delete(to));
    const lines = watchLines(answer);
    for await (const line of this.view?.perturb(lines, new URL(path, this.#target)) ?? lines)
      if (!this.#silenced.has(to)) for (const piece of this.rewrite(line)) to.write(piece);
    if (!this.#silenced.has(to)) to.end();
  }
}

function tlsServer({ certificate: cert, key }: KeyPairPem): TlsServer {
  return createTlsServer({ cert, key, requestCert: true, rejectUnauthorized: false });
}

function requestOf(
  { method = "GET", url: path = "/", headers, socket }: IncomingMessage,
  known: Pick<ApiRequest, "body" | "atMs">,
): ApiRequest {
  const isWatch = new URL(path, "http://server").searchParams.get("watch") === "true";
  const serialNumber = socket instanceof TLSSocket ? socket.getPeerCertificate().serialNumber : undefined;
  return { ...known, method, path, isWatch, authorization: headers.authorization, serialNumber };
}
