import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { KubernetesClient } from "@virtual-kubelet/kubernetes";

/** What an API server answers to a GET: an object, or a code. */
export type Answer = object | number;

/** A server of the Kubernetes protocol that answers as it is told, and whose watches a test writes to. */
export class FakeApi implements AsyncDisposable {
  readonly client: KubernetesClient;
  /** By path, `watch ` before those of watches: what is answered, or what a watch begins with. */
  readonly answers = new Map<string, Answer | readonly object[]>();
  /** By the same: for what an answer waits that was made already. */
  readonly delays = new Map<string, Promise<void>>();
  /** `GET /api/v1/services` */
  readonly requests: string[] = [];
  /** What it was sent to create. */
  readonly created: unknown[] = [];
  readonly #watches = new Map<ServerResponse, string>();
  readonly #close: () => Promise<void>;
  #version = 100;

  private constructor(port: number, close: () => Promise<void>) {
    this.#close = close;
    this.client = new KubernetesClient({
      connection: { server: `http://127.0.0.1:${port}`, credentials: () => ({}) },
    });
  }

  static async start(): Promise<FakeApi> {
    const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      if (request.method === "POST") api.created.push(JSON.parse(await text(request)));
      await api.#answer(request.url ?? "", response);
    };
    const server = createServer((request, response) => void take(request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const api = new FakeApi((server.address() as AddressInfo).port, async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    return api;
  }

  /** The paths that are watched now. */
  get watched(): readonly string[] {
    return [...this.#watches.values()].toSorted();
  }

  /** Tells all who watch. */
  tell(type: "ADDED" | "MODIFIED" | "DELETED", object: { readonly metadata: object }): void {
    const metadata = { ...object.metadata, resourceVersion: String(++this.#version) };
    for (const response of this.#watches.keys()) write(response, { type, object: { ...object, metadata } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client[Symbol.asyncDispose]();
    await this.#close();
  }

  async #answer(url: string, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(url, "http://fake");
    const isWatch = searchParams.get("watch") === "true";
    const key = `${isWatch ? "watch " : ""}${pathname}`;
    this.requests.push(key);
    const answer = this.answers.get(key) ?? (isWatch ? [] : 404);
    await this.delays.get(key);
    if (typeof answer === "number") {
      const reason = { 403: "Forbidden", 404: "NotFound" }[answer] ?? "InternalError";
      response.writeHead(answer).end(JSON.stringify({ kind: "Status", code: answer, reason, message: reason }));
    } else if (isWatch) {
      this.#watches.set(response, pathname);
      response.on("close", () => this.#watches.delete(response));
      for (const object of answer as readonly object[]) write(response, { type: "ADDED", object });
      const annotations = { "k8s.io/initial-events-end": "true" };
      write(response, {
        type: "BOOKMARK",
        object: { metadata: { resourceVersion: String(this.#version), annotations } },
      });
    } else {
      response.writeHead(200).end(JSON.stringify(answer));
    }
  }
}

function write(response: ServerResponse, event: object): void {
  response.write(`${JSON.stringify(event)}\n`);
}
