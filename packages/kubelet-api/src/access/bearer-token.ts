import { isUtf8 } from "node:buffer";
import type { IncomingHttpHeaders } from "node:http";

const tokenProtocol = "base64url.bearer.authorization.k8s.io.";

/**
 * The token that a request brings: in the header that is made for it or, since a browser sets no headers on a WebSocket, as one of
 * the subprotocols that it offers. As Kubernetes reads both: `apiserver/pkg/authentication/request`.
 */
export function bearerToken(headers: IncomingHttpHeaders): string | undefined {
  return tokenOfHeader(headers.authorization) ?? tokenOfProtocols(headers);
}

/** The second word, whatever the case of the first. */
function tokenOfHeader(header: string | undefined): string | undefined {
  const [scheme = "", token = ""] = (header ?? "").trim().split(" ");
  return scheme.toLowerCase() === "bearer" && token !== "" ? token : undefined;
}

/** One, and beside it a protocol that can be chosen: this one cannot, or the answer would tell the token. */
function tokenOfProtocols(headers: IncomingHttpHeaders): string | undefined {
  const { connection = "", upgrade = "", "sec-websocket-protocol": header = "" } = headers;
  const leaves = connection.split(",").some((word) => word.trim().toLowerCase() === "upgrade");
  if (!leaves || upgrade.toLowerCase() !== "websocket") return undefined;
  const offered = header.split(",").map((name) => name.trim());
  const [token = "", ...further] = offered.filter((name) => name.startsWith(tokenProtocol));
  if (further.length > 0 || offered.length < 2) return undefined;
  return decoded(token.slice(tokenProtocol.length));
}

function decoded(text: string): string | undefined {
  const bytes = Buffer.from(text, "base64url");
  // Node's decoder passes over what is no base64, and takes other alphabets and paddings, too.
  const isWhole = bytes.length > 0 && bytes.toString("base64url") === text;
  return isWhole && isUtf8(bytes) ? bytes.toString("utf8") : undefined;
}
