import { ProviderError, isProviderError } from "@virtual-kubelet/provider";

/** What to look at, by Node's codes of a handshake that failed. */
const advice: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "the server's certificate or its CA has expired",
  CERT_NOT_YET_VALID: "the server's certificate is not valid yet: compare the clocks",
  CERT_SIGNATURE_FAILURE: "the server's certificate is not signed by the CA in caCert",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the server's certificate is its own: set caCert",
  SELF_SIGNED_CERT_IN_CHAIN: "the server's CA is not known here: set caCert",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "the server's CA is not known here: set caCert",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the server's CA is not known here: set caCert",
  ERR_TLS_CERT_ALTNAME_INVALID:
    "the server's certificate is for another name: Nomad's are for server.<region>.nomad; set tlsServerName",
  ERR_SSL_WRONG_VERSION_NUMBER: "it does not speak TLS: is the address http, not https?",
  ERR_SSL_SSL_ALERT_BAD_CERTIFICATE: "it does not accept the client's certificate: see clientCert and clientKey",
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: "it wants a client's certificate: set clientCert and clientKey",
};

/** The error of a request that got no answer: nothing is known of what came of it. */
export function errorFromTransport(
  error: unknown,
  { what, address }: { readonly what: string; readonly address: string },
): ProviderError {
  if (isProviderError(error)) return error;
  const detail = advice[codeOf(error)] ?? (error instanceof Error ? error.message || codeOf(error) : String(error));
  const message = `${what}: cannot reach Nomad at ${address}: ${detail}`;
  return new ProviderError("Unavailable", message, { cause: error });
}

function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "";
}
