import { STATUS_CODES } from "node:http";
import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { HttpError } from "../error-response.ts";
import { printable } from "../printable.ts";

const textHeaders = { "Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff" };

export function answerText(response: ServerResponse, text: string): void {
  response.writeHead(200, textHeaders).end(text);
}

/** In Prometheus' text format. */
export function answerMetrics(response: ServerResponse, text: string): void {
  response.writeHead(200, { "Content-Type": "text/plain; version=0.0.4; charset=utf-8" }).end(text);
}

export function answerJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(value));
}

/** Answers with an error; when an answer has begun already, breaks it off, so that the client does not take it for whole. */
export function answerError(response: ServerResponse, error: HttpError): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response
    .writeHead(error.status, { ...textHeaders, ...error.headers, ...closing(error) })
    .end(printable(error.message));
}

/** Answers a request to upgrade with an error, and ends the connection: what follows on it is no HTTP of ours. */
export function refuseUpgrade(socket: Duplex, error: HttpError): void {
  const body = Buffer.from(printable(error.message));
  const headers = { ...textHeaders, ...error.headers, "Content-Length": String(body.length), Connection: "close" };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  if (socket.destroyed) return;
  socket.write(`HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? "Error"}\r\n${lines.join("")}\r\n`);
  socket.end(body, () => socket.destroy());
}

/** A caller that is not known, or whose requests cannot be read, is not kept on the line. */
function closing({ status }: HttpError): Record<string, string> {
  return status === 401 || status === 414 || status === 431 ? { Connection: "close" } : {};
}
