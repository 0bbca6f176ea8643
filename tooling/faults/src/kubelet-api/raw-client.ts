import { once } from "node:events";
import { text } from "node:stream/consumers";
import { type TLSSocket, connect } from "node:tls";

/** A node's kubelet API, and what whoever calls it can show. */
export interface Called {
  readonly host: string;
  readonly port: number;
  /** PEM; absent: nothing is shown. */
  readonly cert?: string;
  readonly key?: string;
}

export interface Answer {
  /** Absent: the connection was closed without a word. */
  readonly status: number | undefined;
  readonly body: string;
}

/** A TLS connection, on which nothing is said that is not written to it. */
export async function openTls({ host, port, cert, key }: Called): Promise<TLSSocket> {
  const shown = cert !== undefined && key !== undefined ? { cert, key } : {};
  const socket = connect({ host, port, rejectUnauthorized: false, ...shown }).on("error", () => {});
  await once(socket, "secureConnect");
  return socket;
}

/** Beyond every time in which a node ends a connection on which it has heard too little. */
const patienceMs = 40_000;

/** Says something, and listens until the connection ends. */
export async function answerTo(called: Called, said: string | Buffer): Promise<Answer> {
  const socket = await openTls(called);
  socket.write(said);
  let isLate = false;
  const limit = setTimeout(() => {
    isLate = true;
    socket.destroy();
  }, patienceMs);
  const heard = await text(socket).catch(() => "");
  clearTimeout(limit);
  socket.destroy();
  if (isLate) throw new Error(`Waited ${patienceMs / 1_000} s for the end of a connection`);
  const end = heard.indexOf("\r\n\r\n");
  const [head, rest] = [heard.slice(0, end), heard.slice(end + 4)];
  const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(head) ?? [];
  const body = /^transfer-encoding: chunked/im.test(head) ? joined(rest) : rest;
  return { status: status === undefined ? undefined : Number(status), body };
}

/** Chunks, each behind its length, as the text that they are. */
function joined(chunks: string): string {
  const end = chunks.indexOf("\r\n");
  const length = Number.parseInt(chunks.slice(0, end), 16);
  return length > 0 ? chunks.slice(end + 2, end + 2 + length) + joined(chunks.slice(end + 4 + length)) : "";
}

/** The text of a request, after which the connection ends. */
export function get(path: string, headers: Readonly<Record<string, string>> = {}): string {
  const lines = Object.entries({ Host: "node", Connection: "close", ...headers });
  return `GET ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;
}
