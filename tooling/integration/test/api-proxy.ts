import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { request } from "node:https";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { DevCluster } from "@virtual-kubelet/dev-cluster";
import type { Connection } from "@virtual-kubelet/kubernetes";
import { nodeName } from "./cluster-with-node.ts";

/** Stands between a node and its API server, and lets a test say what goes wrong there. */
export interface ApiProxy extends AsyncDisposable {
  /** For a node: it speaks plain HTTP to the proxy, which is the node to the cluster. */
  readonly connection: Connection;
  /** How long the events of watches are held back. */
  watchDelayMs: number;
  /** The status, or the `Status` of an API server, that a request is answered with instead of being passed on; 0: it is never answered. */
  refuse: (request: { readonly method: string; readonly path: string }) => number | Refusal | undefined;
  /** What a request is answered with as if that were the cluster's answer. */
  answer: (request: { readonly method: string; readonly path: string }) => object | string | undefined;
  /** The requests that were passed on: `GET /api/v1/pods?watch=true`. */
  readonly requests: readonly string[];
  /** What is watched now: `secrets metadata.name=keys`. */
  readonly watched: readonly string[];
  /** Hears what is sent in a request that is passed on. */
  overhear: (request: { readonly method: string; readonly path: string }, body: string) => void;
  /** What the answer to a request that is passed on has to wait for. */
  holdAnswer: (request: { readonly method: string; readonly path: string }) => Promise<void> | undefined;
}

export interface Refusal {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
}

export async function startApiProxy(cluster: DevCluster): Promise<ApiProxy> {
  const identity = cluster.connection({ user: `system:node:${nodeName}`, groups: ["system:nodes"] });
  const { ca, cert, key } = await identity.credentials({ refresh: false, signal: AbortSignal.timeout(1_000) });
  const requests: string[] = [];
  const watches = new Set<IncomingMessage>();
  const pass = async (answer: IncomingMessage, to: ServerResponse, isWatch: boolean) => {
    to.writeHead(answer.statusCode ?? 500, answer.headers).flushHeaders();
    for await (const chunk of answer) {
      if (isWatch && proxy.watchDelayMs > 0) await sleep(proxy.watchDelayMs);
      to.write(chunk);
    }
    to.end();
  };
  const forward = (from: IncomingMessage, to: ServerResponse) => {
    const { method = "GET", url: path = "/", headers } = from;
    const refused = proxy.refuse({ method, path });
    if (refused === 0) return;
    if (refused !== undefined) {
      const answer = typeof refused === "number" ? "" : JSON.stringify({ kind: "Status", ...refused });
      from.resume().on("end", () => to.writeHead(typeof refused === "number" ? refused : refused.code).end(answer));
      return;
    }
    const made = proxy.answer({ method, path });
    if (made !== undefined) {
      const text = typeof made === "string" ? made : JSON.stringify(made);
      from.resume().on("end", () => to.writeHead(200).end(text));
      return;
    }
    requests.push(`${method} ${path}`);
    const isWatch = path.includes("watch=true") || path.includes("watch=1");
    if (isWatch) {
      watches.add(from);
      to.on("close", () => watches.delete(from));
    }
    const answered = async (answer: IncomingMessage) => {
      await proxy.holdAnswer({ method, path });
      await pass(answer, to, isWatch);
    };
    const onward = request(
      new URL(path, cluster.url),
      { method, headers, ca, cert, key },
      (answer) => void answered(answer).catch(() => to.destroy()),
    );
    onward.on("error", () => to.destroy());
    to.on("close", () => onward.destroy());
    const sent: Buffer[] = [];
    from.on("data", (chunk: Buffer) => sent.push(chunk));
    from.on("end", () => proxy.overhear({ method, path }, Buffer.concat(sent).toString()));
    from.pipe(onward);
  };
  const server = createServer(forward);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const proxy: ApiProxy = {
    connection: { server: url, namespace: "default", credentials: () => ({}) },
    watchDelayMs: 0,
    refuse: () => undefined,
    answer: () => undefined,
    requests,
    get watched() {
      return [...watches].map((watch) => watchedBy(new URL(watch.url ?? "", url))).toSorted();
    },
    overhear: () => {},
    holdAnswer: () => undefined,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}

function watchedBy({ pathname, searchParams }: URL): string {
  return [pathname.split("/").at(-1), searchParams.get("fieldSelector") ?? []].flat().join(" ");
}
