import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { request } from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { Connection } from "@virtual-kubelet/kubernetes";

/** A request that passes the gate. */
export interface Passing {
  readonly method: string;
  readonly path: string;
  /** Empty where it is none of a POST. */
  readonly body: string;
}

/** What the gate says in the cluster's stead. */
export interface GateAnswer {
  readonly code: number;
  readonly body: object;
}

export interface ApiGate extends AsyncDisposable {
  /** For a node, which says nothing of itself here: to the cluster it is who the gate is. */
  readonly connection: Connection;
  /** What has passed, or was to. */
  readonly asked: readonly Passing[];
  /** `cut`: the connection breaks, as if nobody was there. Absent: the cluster answers. */
  answer: (passing: Passing) => GateAnswer | "cut" | undefined;
}

/** Stands between a node and its API server, which it is known to as `identity`. */
export async function openApiGate(identity: Connection): Promise<ApiGate> {
  const { ca, cert, key } = await identity.credentials({ refresh: false, signal: AbortSignal.timeout(1_000) });
  const asked: Passing[] = [];
  const pass = async (from: IncomingMessage, to: ServerResponse): Promise<void> => {
    const { method = "GET", url: path = "/", headers } = from;
    const body = method === "POST" ? await text(from) : "";
    asked.push({ method, path, body });
    const said = gate.answer({ method, path, body });
    if (said === "cut") return void from.socket.destroy();
    if (said)
      return void to.writeHead(said.code, { "Content-Type": "application/json" }).end(JSON.stringify(said.body));
    const { authorization: _, ...rest } = headers;
    const onward = request(new URL(path, identity.server), { method, headers: rest, ca, cert, key }, (answer) => {
      to.writeHead(answer.statusCode ?? 500, answer.headers).flushHeaders();
      answer.on("error", () => to.destroy()).pipe(to);
    });
    onward.on("error", () => to.destroy());
    to.on("close", () => onward.destroy());
    if (method === "POST") onward.end(body);
    else from.pipe(onward);
  };
  const server = createServer((from, to) => void pass(from, to).catch(() => to.destroy()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const gate: ApiGate = {
    connection: { server: `http://127.0.0.1:${port}`, namespace: "default", credentials: () => ({}) },
    asked,
    answer: () => undefined,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return gate;
}
