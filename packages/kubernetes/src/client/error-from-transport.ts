import { isKubernetesError, KubernetesError } from "./kubernetes-error.ts";

const otherAuthority = "the server's certificate is not signed by the CA that was given";

/** Certificates that another CA would perhaps verify, by Node's error codes: what to look at. */
const verificationAdvice: Readonly<Record<string, string>> = {
  // Of the server, or of the CA that was given.
  CERT_HAS_EXPIRED: "the server's certificate or its CA has expired",
  CERT_NOT_YET_VALID: "the server's certificate is not valid yet: compare the clocks",
  // A CA of the same name with another key.
  CERT_SIGNATURE_FAILURE: otherAuthority,
  DEPTH_ZERO_SELF_SIGNED_CERT: otherAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: otherAuthority,
  UNABLE_TO_GET_ISSUER_CERT: otherAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: otherAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: otherAuthority,
};

const handshakeAdvice: Readonly<Record<string, string>> = {
  ...verificationAdvice,
  ERR_TLS_CERT_ALTNAME_INVALID:
    "the server's certificate is for another name: use that name, or set the TLS server name",
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

/** Whether the server could not be verified, so that nothing was sent to it: its CA may have changed. */
export function isUnknownServer(error: unknown): boolean {
  return Object.hasOwn(verificationAdvice, codeOf(error));
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
