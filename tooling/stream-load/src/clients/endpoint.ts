import { once } from "node:events";
import { type IncomingMessage, type RequestOptions, request } from "node:http";
import { type Socket, connect as connectPlainly } from "node:net";
import type { Duplex } from "node:stream";
import { type SecureContext, type TLSSocket, connect, createSecureContext } from "node:tls";
import { WebSocket } from "ws";

/** What reaches a pod's streams: a node, or an API server before it. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** A client certificate of somebody who may do everything, PEM. */
  readonly cert: string;
  readonly key: string;
  /** How the path of a pod's streams reads there: a node has its own words for what an API server calls `stdin`. */
  readonly dialect: "node" | "api-server";
}

export type Protocol = "spdy" | "web-socket";

/** A connection that has left HTTP. */
export interface Upgraded {
  readonly socket: Duplex;
  readonly head: Buffer;
}

const carriers = new WeakMap<Duplex, Socket>();

/** Read once, as real clients do: that is a quarter of the time of a connection. */
const contexts = new WeakMap<Endpoint, SecureContext>();

/** A TLS connection of its own, ready to be used. */
export async function openSocket(endpoint: Endpoint): Promise<TLSSocket> {
  const { host, port, cert, key } = endpoint;
  const secureContext = contexts.get(endpoint) ?? createSecureContext({ cert, key });
  contexts.set(endpoint, secureContext);
  const carrier = connectPlainly({ host, port, noDelay: true }).on("error", () => {});
  await once(carrier, "connect");
  const socket = connect({ socket: carrier, secureContext, rejectUnauthorized: false }).on("error", () => {});
  carriers.set(socket, carrier);
  await once(socket, "secureConnect");
  return socket;
}

/** Ends a connection by a reset, without a word of TLS. */
export function reset(socket: Duplex): void {
  carriers.get(socket)?.resetAndDestroy();
  socket.destroy();
}

/** Leaves HTTP for SPDY/3.1, offering these protocols. Rejects with what the server says when it refuses. */
export async function openSpdy(endpoint: Endpoint, path: string, protocols: readonly string[]): Promise<Upgraded> {
  const headers: RequestOptions["headers"] = {
    connection: "Upgrade",
    upgrade: "SPDY/3.1",
    "x-stream-protocol-version": [...protocols],
    "content-length": "0",
  };
  const sent = request({ ...(await onOwnSocket(endpoint)), method: "POST", path, headers }).end();
  const upgraded = once(sent, "upgrade") as Promise<[IncomingMessage, Duplex, Buffer]>;
  const refused = once(sent, "response") as Promise<[IncomingMessage]>;
  refused.catch(() => {});
  const answer = await Promise.race([upgraded, refused]);
  if (answer.length === 1) throw await refusal(answer[0]);
  const [, socket, head] = answer;
  return { socket, head };
}

/** Opens a WebSocket over a socket that is known, so that it can be cut off. */
export async function openWebSocket(
  endpoint: Endpoint,
  path: string,
  protocol: string,
): Promise<{ readonly webSocket: WebSocket; readonly socket: TLSSocket }> {
  const socket = await openSocket(endpoint);
  const { host, port } = endpoint;
  // The library takes no protocol with a slash in its name, which Kubernetes has: it need not know of any.
  const webSocket = new WebSocket(`wss://${host}:${port}${path}`, {
    createConnection: () => socket,
    perMessageDeflate: false,
    headers: { "sec-websocket-protocol": protocol },
  });
  let chosen: string | undefined;
  webSocket.once("upgrade", ({ headers }) => {
    chosen = headers["sec-websocket-protocol"];
    delete headers["sec-websocket-protocol"];
  });
  webSocket.on("error", () => {});
  await new Promise<void>((resolve, reject) => {
    webSocket.once("open", () => resolve());
    webSocket.once("unexpected-response", (_, response) => void refusal(response).then(reject));
    webSocket.once("close", () => reject(new Error("The connection was closed before it was a WebSocket")));
  });
  if (chosen !== protocol) throw new Error(`The server speaks ${chosen}, and was asked for ${protocol}`);
  return { webSocket, socket };
}

/** A plain GET, once its headers are there. */
export async function get(endpoint: Endpoint, path: string): Promise<IncomingMessage> {
  const sent = request({ ...(await onOwnSocket(endpoint)), path }).end();
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  answer.on("error", () => {});
  if (answer.statusCode !== 200) throw await refusal(answer);
  return answer;
}

async function onOwnSocket(endpoint: Endpoint): Promise<RequestOptions> {
  const socket = await openSocket(endpoint);
  return { host: endpoint.host, port: endpoint.port, createConnection: () => socket };
}

async function refusal(response: IncomingMessage): Promise<Error> {
  let text = "";
  for await (const chunk of response) text += String(chunk);
  return new Error(`The server answered ${response.statusCode}: ${text}`);
}
