import { X509Certificate, constants, createPrivateKey } from "node:crypto";
import type { SecureContextOptions, TlsOptions } from "node:tls";
import type { KeyPairPem } from "@virtual-kubelet/kubernetes";

/** Only suites that authenticate what they encrypt; TLS 1.3 has no others. */
const ciphers = [
  "TLS_AES_128_GCM_SHA256",
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
].join(":");

/**
 * How the server speaks TLS, apart from its certificate. A caller without a certificate gets as far as HTTP, where it is told
 * 401, or shows a token.
 */
export const tlsOptions: TlsOptions = {
  requestCert: true,
  rejectUnauthorized: false,
  handshakeTimeout: 10_000,
  ALPNProtocols: ["http/1.1"],
};

/**
 * What the server shows and trusts from now on. No session is ever resumed, since a resumed one brings along what was thought
 * of its certificate when it began.
 */
export function secureContext(pair: KeyPairPem, authorities: readonly string[]): SecureContextOptions {
  return {
    cert: pair.certificate,
    key: pair.key,
    // Node takes an empty list for all public authorities. Its own certificate has signed nobody else's.
    ca: authorities.length > 0 ? [...authorities] : [pair.certificate],
    minVersion: "TLSv1.2",
    ciphers,
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
  };
}

/** @throws {TypeError} when the serving pair cannot be used; the message says why. */
export function checkServingPair({ certificate, key }: KeyPairPem): void {
  let belongs: boolean;
  try {
    belongs = new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
  } catch (cause) {
    throw new TypeError("The serving certificate or its key cannot be read: both must be PEM.", { cause });
  }
  if (!belongs) throw new TypeError("The serving certificate and its key do not belong together.");
}
