import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { WebSocket, createWebSocketStream } from "ws";
import { apiServer } from "./kubelet.ts";
import type { Kubelet } from "./kubelet.ts";
import { SpdyClient } from "./spdy-client.ts";
import type { ClientStream } from "./spdy-client.ts";

export const portForwardPath = "/portForward/default/web";

/** The client's end of one connection to a port. */
export interface ClientPair {
  readonly data: ClientStream;
  readonly error: ClientStream;
}

export function openSpdy(kubelet: Kubelet): Promise<SpdyClient> {
  return SpdyClient.open(kubelet, portForwardPath, ["portforward.k8s.io"]);
}

export async function openTunnel(kubelet: Kubelet): Promise<SpdyClient> {
  const socket = tunnelSocket(kubelet);
  await once(socket, "open");
  return new SpdyClient(createWebSocketStream(socket));
}

/** A WebSocket for SPDY. Its protocol's name is none to RFC 6455, and `ws` would not say it. */
export function tunnelSocket(kubelet: Kubelet): WebSocket {
  const { host, port, ...tls } = kubelet.tls(apiServer);
  return new WebSocket(`wss://${host}:${port}${portForwardPath}`, ["tunnel"], {
    ...tls,
    perMessageDeflate: false,
    finishRequest: (request) => {
      request.setHeader("Sec-WebSocket-Protocol", tunnelProtocol);
      request.prependListener("upgrade", ({ headers }: IncomingMessage) => {
        if (headers["sec-websocket-protocol"] === tunnelProtocol) headers["sec-websocket-protocol"] = "tunnel";
      });
      request.end();
    },
  });
}

const tunnelProtocol = "SPDY/3.1+portforward.k8s.io";

let requests = 0;

/** Opens a pair as kubectl does: it sends nothing on the error stream, and says so at once. */
export function openPair(client: SpdyClient, port: number | string): ClientPair {
  const headers = { port: String(port), requestid: String(requests++) };
  const error = client.stream({ streamtype: "error", ...headers }, { end: true });
  return { error, data: client.stream({ streamtype: "data", ...headers }) };
}
