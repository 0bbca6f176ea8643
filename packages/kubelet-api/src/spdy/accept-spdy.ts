import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { HttpError } from "../error-response.ts";
import type { Upgrade } from "../http/exchange.ts";

const versionHeader = "X-Stream-Protocol-Version";

export interface StreamProtocols {
  /** Those that we speak, best first. */
  readonly speaks: readonly string[];
  /** Those that are the same as another one. */
  readonly alike?: Readonly<Record<string, string>>;
}

/**
 * The best protocol that a client's `X-Stream-Protocol-Version` lines offer. Kubernetes: `httpstream.Handshake`.
 *
 * @throws {HttpError} 400 when it offers nothing; 403 when we speak none of its offers.
 */
export function requireStreamProtocol(request: IncomingMessage, { speaks, alike = {} }: StreamProtocols): string {
  const offered = (request.headersDistinct[versionHeader.toLowerCase()] ?? [])
    .flatMap((line) => line.split(","))
    .map((name) => name.trim())
    .filter((name) => name !== "");
  if (offered.length === 0) {
    throw new HttpError(400, `unable to upgrade: header ${versionHeader} does not exist in request`);
  }
  const meant = new Set(offered.map((name) => (Object.hasOwn(alike, name) ? alike[name] : name)));
  const chosen = speaks.find((name) => meant.has(name));
  if (chosen !== undefined) return chosen;
  const message = `unable to upgrade: unable to negotiate protocol: server accepts ${speaks.join(", ")}`;
  throw new HttpError(403, message, { "X-Accepted-Stream-Protocol-Versions": speaks.join(", ") });
}

/** Answers that the connection speaks SPDY/3.1 from now on. What the client has sent already is read first. */
export function acceptSpdy({ socket, head }: Upgrade, version: string): Duplex {
  const lines = ["HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: SPDY/3.1"];
  socket.write([...lines, `${versionHeader}: ${version}`, "", ""].join("\r\n"));
  if (head.length > 0) socket.unshift(head);
  return socket;
}
