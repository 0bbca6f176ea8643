import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { type BackendFault, BackendFaults } from "./backend-faults.ts";
import { type BackendPod, BackendPods, type PodOrder } from "./backend-pods.ts";
import { perturbedWatch } from "./perturbed-watch.ts";
import { WorkLog } from "./work-log.ts";

const pageSize = 500;

/** A call, as the backend understands it. */
interface Asked {
  readonly verb: BackendFault["verb"];
  readonly uid: string;
  readonly query: URLSearchParams;
  readonly body: string;
}

/** Serves the backend's pods over HTTP, with the faults that it is told to have. */
export class BackendServer {
  readonly #pods: BackendPods;
  readonly #faults = new BackendFaults();
  readonly #server: Server;
  readonly #watches = new Set<ServerResponse>();
  #frozen: readonly BackendPod[] = [];
  /** Calls that take their time. */
  #underWay = 0;

  constructor({ log }: { readonly log: string }) {
    this.#pods = new BackendPods(new WorkLog(log));
    this.#server = createServer((request, response) => {
      void this.#answer(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams: query } = new URL(request.url ?? "/", "http://backend");
    const [, collection = "", uid = "", action = ""] = pathname.split("/");
    const body = await text(request);
    if (collection === "faults") return this.#setFaults(JSON.parse(body) as BackendFault[], response);
    if (collection === "watches") return this.#endWatches(response);
    if (action !== "") return this.#tamper(uid, action, { query, response });
    const verb = verbOf(request.method ?? "GET", collection, uid);
    const order = verb === "create" ? (JSON.parse(body) as PodOrder) : this.#pods.get(uid);
    if (verb === "create" && order) this.#pods.noteCall("asked", order);
    const fault = this.#faults.met(verb, order?.name);
    if (fault?.kind === "hang") return;
    if (fault?.kind === "error") return refuse(response, fault);
    if (fault?.kind === "busy" && this.#underWay >= (fault.limit ?? 1)) {
      if (order) this.#pods.noteCall("refused", order);
      return refuse(response, { ...fault, status: 429 });
    }
    this.#underWay++;
    try {
      if (fault?.kind === "slow" || fault?.kind === "busy") await sleep(fault.ms ?? 0);
    } finally {
      this.#underWay--;
    }
    await this.#perform({ verb, uid, query, body }, { fault, response });
  }

  #setFaults(faults: readonly BackendFault[], response: ServerResponse): void {
    this.#faults.set(faults);
    this.#frozen = this.#pods.list();
    reply(response, 200, {});
  }

  #tamper(
    uid: string,
    action: string,
    { query, response }: { readonly query: URLSearchParams; readonly response: ServerResponse },
  ): void {
    if (action === "flap") this.#pods.flap(uid);
    else this.#pods.tamper(uid, action === "lose" ? "lose" : "finish", Number(query.get("code") ?? 0));
    reply(response, 200, {});
  }

  async #perform(
    { verb, uid, query, body }: Asked,
    { fault, response }: { readonly fault: BackendFault | undefined; readonly response: ServerResponse },
  ): Promise<void> {
    if (verb === "watch") return this.#watch(response, fault);
    if (verb === "list") return this.#list(query, { fault, response });
    const found = this.#change({ verb, uid, query, body });
    if (fault?.kind === "late") return;
    reply(response, found === undefined ? 404 : 200, found ?? {});
  }

  #change({ verb, uid, query, body }: Asked): object | undefined {
    if (verb === "create") {
      this.#pods.create(JSON.parse(body) as PodOrder);
      return {};
    }
    if (verb === "update") return this.#pods.update(uid, (JSON.parse(body) as PodOrder).revision) ? {} : undefined;
    if (verb === "delete") return this.#pods.delete(uid, Number(query.get("graceMs") ?? 0)) ? {} : undefined;
    return verb === "get" ? this.#pods.get(uid) : {};
  }

  #list(
    query: URLSearchParams,
    { fault, response }: { readonly fault: BackendFault | undefined; readonly response: ServerResponse },
  ): void {
    const start = Number(query.get("start") ?? 0);
    const all = fault?.kind === "empty" ? [] : fault?.kind === "frozen" ? this.#frozen : this.#pods.list();
    const size = fault?.kind === "cut" ? Math.ceil(all.length / 2) : pageSize;
    if (fault?.kind === "cut" && start > 0) return refuse(response, { ...fault, status: 500 });
    const next = start + size < all.length || fault?.kind === "cut" ? start + size : undefined;
    reply(response, 200, { pods: all.slice(start, start + size), next });
  }

  #endWatches(response: ServerResponse): void {
    for (const watch of this.#watches) watch.end();
    reply(response, 200, {});
  }

  #watch(response: ServerResponse, fault: BackendFault | undefined): void {
    response.writeHead(200, { "content-type": "application/x-ndjson" });
    const write = (event: object) => void response.write(`${JSON.stringify(event)}\n`);
    if (fault?.kind === "silent") {
      response.flushHeaders();
      return;
    }
    for (const pod of this.#pods.list()) write({ pod });
    write({ synced: true });
    if (fault?.kind === "ended") {
      response.end();
      return;
    }
    const tell = perturbedWatch(fault?.kind, { write, end: () => void response.end() });
    const stop = this.#pods.listen((_uid, pod, { uid, namespace, name }) =>
      tell(pod ? { pod } : { gone: { uid, namespace, name } }),
    );
    this.#watches.add(response);
    response.on("close", () => {
      this.#watches.delete(response);
      stop();
    });
  }
}

function verbOf(method: string, collection: string, uid: string): BackendFault["verb"] {
  if (collection === "ping") return "ping";
  if (collection === "watch") return "watch";
  if (uid === "") return "list";
  return ({ PUT: "create", PATCH: "update", DELETE: "delete" } as const)[method] ?? "get";
}

function refuse(response: ServerResponse, { status = 500, retryAfterSeconds }: BackendFault): void {
  if (retryAfterSeconds !== undefined) response.setHeader("retry-after", String(retryAfterSeconds));
  reply(response, status, { message: `the backend was told to fail with ${status}` });
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
