/*
 * Loaded into an agent before its program (`node --import`), so that what reaches its kubelet API, and what that answers, is known by
 * the wire and not by its own word. Each request is a line of the file that the environment names.
 */
import { appendFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Server } from "node:https";
import type { Duplex } from "node:stream";
import type { SeenRequest } from "./seen-request.ts";
import { requestsVariable } from "./seen-request.ts";

const file = process.env[requestsVariable];
const emit = Reflect.get(Server.prototype, "emit") as (...args: unknown[]) => boolean;

if (file !== undefined) {
  Server.prototype.emit = function (this: Server, event: string, ...args: unknown[]): boolean {
    if (event === "request") watchAnswer(args[0] as IncomingMessage, args[1] as ServerResponse);
    if (event === "upgrade") watchUpgrade(args[0] as IncomingMessage, args[1] as Duplex);
    return Reflect.apply(emit, this, [event, ...args]);
  };
}

function watchAnswer(request: IncomingMessage, response: ServerResponse): void {
  const asked = askedBy(request);
  response.once("close", () => record(asked, { status: response.statusCode }));
}

/** The first thing that is written to the connection is the head of the answer; one that is refused gets nothing else. */
function watchUpgrade(request: IncomingMessage, socket: Duplex): void {
  const asked = askedBy(request);
  const ways = ["write", "end"] as const;
  for (const way of ways) {
    const send = Reflect.get(socket, way) as (...args: unknown[]) => unknown;
    const seen = (...args: unknown[]): unknown => {
      for (const each of ways) Reflect.deleteProperty(socket, each);
      if (args[0] !== undefined) record(asked, answerOf(args[0] as Buffer | string));
      return Reflect.apply(send, socket, args);
    };
    Reflect.set(socket, way, seen);
  }
}

function answerOf(bytes: Buffer | string): Pick<SeenRequest, "status" | "chosen"> {
  const head = Buffer.from(bytes as string).toString("latin1");
  const status = Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]);
  const chosen = /^(?:sec-websocket-protocol|x-stream-protocol-version): *(.*?)\r$/im.exec(head)?.[1];
  return { status, ...(chosen === undefined ? {} : { chosen }) };
}

/** As it came: who answers may change what it has of the request. */
function askedBy({ method = "", url = "", headers, headersDistinct }: IncomingMessage): Omit<SeenRequest, "status"> {
  const offered = headersDistinct["x-stream-protocol-version"] ?? headers["sec-websocket-protocol"]?.split(/, */) ?? [];
  const path = url.split("?")[0] ?? "";
  return { method, path, ...(headers.upgrade === undefined ? {} : { upgrade: headers.upgrade }), offered };
}

function record(asked: Omit<SeenRequest, "status">, answer: Pick<SeenRequest, "status" | "chosen">): void {
  const seen: SeenRequest = { ...asked, ...answer };
  appendFileSync(file ?? "", `${JSON.stringify(seen)}\n`);
}
