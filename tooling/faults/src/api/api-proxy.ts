import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { Agent, request } from "node:https";
import { type AddressInfo, type Server } from "node:net";
import type { Connection } from "@virtual-kubelet/kubernetes";
import type { Bench } from "../bench.ts";
import type { PerturbedView } from "./perturbed-view.ts";

/** Which requests are meant. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
}

export interface Match {
  readonly method: string;
  readonly path: RegExp;
}

interface Hold extends Match {
  readonly at: "request" | "answer";
  readonly met: () => void;
}

/** Stands between a node and the API server of a bench: holds requests, is out of reach, shows watches as they are not. */
export class ApiProxy implements AsyncDisposable {
  readonly #target: string;
  readonly #agent: Agent;
  readonly #server: Server;
  readonly #open = new Set<ServerResponse>();
  readonly #holds = new Set<Hold>();
  readonly #seen: ApiRequest[] = [];
  #isDown = false;
  /** Of these, every other answer is lost: the server has done it, and nobody hears. */
  loses: Match | undefined;
  #lost = 0;
  /** What becomes of the watches; as they are when absent. */
  view: PerturbedView | undefined;

  private constructor(target: string, agent: Agent) {
    this.#target = target;
    this.#agent = agent;
    this.#server = createServer((from, to) => this.#meet(from, to));
  }

  static async start(it: Bench): Promise<ApiProxy> {
    const identity = it.identity;
    const { ca, cert, key } = await identity.credentials({ refresh: false, signal: AbortSignal.timeout(5_000) });
    const agent = new Agent({ ca, cert, key, keepAlive: true });
    const proxy = new ApiProxy(identity.server, agent);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return it.use(proxy);
  }

  /** For a node: it speaks plain HTTP to the proxy, which is the node to the cluster. */
  get connection(): Connection {
    const { port } = this.#server.address() as AddressInfo;
    return { server: `http://127.0.0.1:${port}`, namespace: "default", credentials: () => ({}) };
  }

  /** How many requests of a kind have come so far. */
  count({ method, path }: Match): number {
    return this.#seen.filter((seen) => seen.method === method && path.test(seen.path)).length;
  }

  /** The next such request is never passed on, or its answer never given back; resolves once that is so. */
  hold(match: Match, at: "request" | "answer"): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#holds.add({ ...match, at, met: resolve });
    return promise;
  }

  /** From now on there is no API server, or there is one again. */
  set isDown(isDown: boolean) {
    this.#isDown = isDown;
    if (isDown) this.cut();
  }

  /** Ends all connections, and with them all watches. */
  cut(): void {
    for (const response of this.#open) response.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#agent.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #meet(from: IncomingMessage, to: ServerResponse): void {
    const { method = "GET", url: path = "/", headers } = from;
    if (this.#isDown) {
      from.destroy();
      return;
    }
    const met: ApiRequest = { method, path };
    this.#seen.push(met);
    this.#open.add(to);
    to.on("close", () => this.#open.delete(to));
    if (this.#isHeld(met, "request")) return;
    const { host: _, ...passed } = headers;
    const options = { method, headers: passed, agent: this.#agent };
    const onward = request(new URL(path, this.#target), options, (answer) => {
      if (this.#isHeld(met, "answer")) answer.resume();
      else if (this.#isLost(met)) to.destroy();
      else void this.#pass(answer, to, path).catch(() => to.destroy());
    });
    onward.on("error", () => to.destroy());
    to.on("close", () => onward.destroy());
    from.pipe(onward);
  }

  #isHeld({ method, path }: ApiRequest, at: Hold["at"]): boolean {
    const hold = [...this.#holds].find((each) => each.at === at && each.method === method && each.path.test(path));
    if (!hold) return false;
    this.#holds.delete(hold);
    hold.met();
    return true;
  }

  #isLost({ method, path }: ApiRequest): boolean {
    const { loses } = this;
    return loses !== undefined && loses.method === method && loses.path.test(path) && this.#lost++ % 2 === 0;
  }

  async #pass(answer: IncomingMessage, to: ServerResponse, path: string): Promise<void> {
    to.writeHead(answer.statusCode ?? 500, answer.headers).flushHeaders();
    const url = new URL(path, this.#target);
    const bytes = url.searchParams.has("watch") && this.view ? this.view.perturb(answer, url) : answer;
    for await (const chunk of bytes) to.write(chunk);
    to.end();
  }
}
