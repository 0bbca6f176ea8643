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

export interface TlsMaterial {
  readonly certificate: KeyPairPem;
  readonly clientCertificateAuthority: string;
}

/**
 * How the server speaks TLS. A caller without a certificate gets as far as HTTP, where it is told 401. No session is ever
 * resumed, since a resumed one brings along what was thought of its certificate when it began.
 *
 * @throws {TypeError} when the serving pair or `clientCertificateAuthority` cannot be used; the message says why.
 */
export function tlsOptions(material: TlsMaterial): TlsOptions & SecureContextOptions {
  return {
    ...readServingPair(material.certificate),
    ca: readAuthorities(material.clientCertificateAuthority),
    requestCert: true,
    rejectUnauthorized: false,
    minVersion: "TLSv1.2",
    ciphers,
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
    handshakeTimeout: 10_000,
    ALPNProtocols: ["http/1.1"],
  };
}

function readServingPair({ certificate, key }: KeyPairPem): { readonly cert: string; readonly key: string } {
  let belongs: boolean;
  try {
    belongs = new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
  } catch (cause) {
    throw new TypeError("The serving certificate or its key cannot be read: both must be PEM.", { cause });
  }
  if (!belongs) throw new TypeError("The serving certificate and its key do not belong together.");
  return { cert: certificate, key };
}

const pemBlock = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** Checked here since Node takes an empty `ca` for none, and then trusts every public authority. */
function readAuthorities(pem: string): string[] {
  const blocks = pem.match(pemBlock);
  if (!blocks)
    throw new TypeError("clientCertificateAuthority holds no PEM certificate: callers could not be told apart.");
  for (const block of blocks) {
    try {
      void new X509Certificate(block);
    } catch (cause) {
      throw new TypeError("clientCertificateAuthority holds a certificate that cannot be read.", { cause });
    }
  }
  return blocks;
}
