import { isKubernetesError, KubernetesError } from "./kubernetes-error.ts";

/** What to look at when the TLS handshake fails, by Node's error codes. */
const handshakeAdvice: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "the server's certificate has expired",
  CERT_NOT_YET_VALID: "the server's certificate is not valid yet: compare the clocks",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the server's certificate is not signed by the CA that was given",
  ERR_TLS_CERT_ALTNAME_INVALID:
    "the server's certificate is for another name: use that name, or set the TLS server name",
  SELF_SIGNED_CERT_IN_CHAIN: "the server's certificate is not signed by the CA that was given",
  UNABLE_TO_GET_ISSUER_CERT: "the server's certificate is not signed by the CA that was given",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "the server's certificate is not signed by the CA that was given",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the server's certificate is not signed by the CA that was given",
};

/** Codes of a connection that ended under a request: it may have been an old one that the server had already given up. */
const broken: ReadonlySet<string> = new Set(["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"]);

/** The error of a request that got no answer. */
export function errorFromTransport(
  error: unknown,
  request: { readonly what: string; readonly server: string },
): KubernetesError {
  if (isKubernetesError(error)) return error;
  const { what, server } = request;
  const code = codeOf(error);
  if (code === "UND_ERR_DESTROYED" || code === "UND_ERR_CLOSED") {
    return new KubernetesError("Closed", `${what}: the client is closed`, { cause: error });
  }
  const detail = handshakeAdvice[code] ?? messageOf(error);
  return new KubernetesError("Unreachable", `${what}: cannot reach the API server at ${server}: ${detail}`, {
    cause: error,
  });
}

/** Whether the connection ended under the request, rather than never having been made. */
export function isBrokenConnection(error: unknown): boolean {
  return broken.has(codeOf(error));
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : "";
}

function messageOf(error: unknown): string {
  // A host with several addresses fails with one error per address and no message of its own.
  const errors = (error as { errors?: unknown } | undefined)?.errors;
  if (Array.isArray(errors) && errors.length > 0) return errors.map(messageOf).join("; ");
  return error instanceof Error ? error.message : String(error);
}
