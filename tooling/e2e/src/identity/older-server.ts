import { createServer, request as plainRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { request } from "node:https";
import type { AddressInfo } from "node:net";
import type { Connection } from "@virtual-kubelet/kubernetes";

/** A server to a node, which goes to the real one as somebody. */
export interface OlderServer extends AsyncDisposable {
  readonly connection: Connection;
}

const refusal = JSON.stringify({
  kind: "Status",
  apiVersion: "v1",
  status: "Failure",
  reason: "Invalid",
  message:
    "sendInitialEvents: Forbidden: sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled",
  code: 422,
});

/** Makes an API server one that has no streaming lists, as Kubernetes 1.33 and many a managed one, whatever it is. */
export async function olderServer(to: Connection): Promise<OlderServer> {
  const forward = async (from: IncomingMessage, answer: ServerResponse): Promise<void> => {
    const { method = "GET", url: path = "/", headers } = from;
    if (path.includes("sendInitialEvents=true")) {
      answer.writeHead(422, { "content-type": "application/json" }).end(refusal);
      return;
    }
    const { ca, cert, key, token } = await to.credentials({ refresh: false, signal: AbortSignal.timeout(10_000) });
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const url = new URL(path, to.server);
    const send = url.protocol === "https:" ? request : plainRequest;
    const onward = send(url, { method, headers: { ...headers, host: url.host, ...authorization }, ca, cert, key });
    onward.on("response", (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers).flushHeaders();
      response.pipe(answer);
    });
    onward.on("error", () => answer.destroy());
    answer.on("close", () => onward.destroy());
    from.pipe(onward);
  };
  const server = createServer((from, answer) => void forward(from, answer).catch(() => answer.destroy()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    connection: {
      server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      credentials: () => ({}),
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
