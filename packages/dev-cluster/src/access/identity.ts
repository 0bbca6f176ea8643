import type { IncomingMessage } from "node:http";
import type { TLSSocket } from "node:tls";
import type { User } from "../api/request.ts";

/** Who speaks on a connection: the subject of its certificate if our authority signed it, else nobody. */
export function identityOf(request: IncomingMessage): User | undefined {
  const socket = request.socket as TLSSocket;
  if (!socket.authorized) return undefined;
  const { CN: name, O: organizations } = socket.getPeerCertificate().subject as {
    readonly CN?: string;
    readonly O?: string | readonly string[];
  };
  if (!name) return undefined;
  const groups = organizations === undefined ? [] : typeof organizations === "string" ? [organizations] : organizations;
  return { name, groups: [...groups, "system:authenticated"] };
}
