import { STATUS_CODES } from "node:http";
import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Status } from "@virtual-kubelet/kubernetes";
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

/**
 * Answers a request to upgrade with an error, and ends the connection: what follows on it is no HTTP of ours. The body is a
 * Status, of which every kubectl shows the message; of a text with a colon in it an old one shows nothing.
 */
export function refuseUpgrade(socket: Duplex, error: HttpError): void {
  const body = Buffer.from(JSON.stringify(statusOf(error)));
  const type = { "Content-Type": "application/json", "X-Content-Type-Options": "nosniff" };
  const headers = { ...type, ...error.headers, "Content-Length": String(body.length), Connection: "close" };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  if (socket.destroyed) return;
  socket.write(`HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? "Error"}\r\n${lines.join("")}\r\n`);
  socket.end(body, () => socket.destroy());
}

/** Kubernetes' words for what may be refused. */
const reasons: Readonly<Record<number, string>> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  409: "Conflict",
  429: "TooManyRequests",
  501: "NotImplemented",
  503: "ServiceUnavailable",
  504: "Timeout",
};

function statusOf({ status: code, message }: HttpError): Status {
  const reason = reasons[code] ?? "InternalError";
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: printable(message),
    reason,
    code,
  };
}

/** A caller that is not known, or whose requests cannot be read, is not kept on the line. */
function closing({ status }: HttpError): Record<string, string> {
  return status === 401 || status === 414 || status === 431 ? { Connection: "close" } : {};
}
