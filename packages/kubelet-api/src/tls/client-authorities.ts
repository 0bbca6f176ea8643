import { X509Certificate } from "node:crypto";
import type { DetailedPeerCertificate, TLSSocket } from "node:tls";

const pemBlock = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** Those whose certificates prove who a caller is. They may change while connections are open. */
export class ClientAuthorities {
  /** PEM, one each; none before the first are known. */
  #blocks: readonly string[] = [];
  #fingerprints: ReadonlySet<string> = new Set();
  /** Which one a connection was verified by when it was opened. */
  readonly #anchors = new WeakMap<TLSSocket, string>();

  get blocks(): readonly string[] {
    return this.#blocks;
  }

  /**
   * From now on these. `false`: they are the same as before.
   *
   * @throws {TypeError} when the text holds none, one that cannot be read, or one that proves nothing by itself.
   */
  replace(pem: string): boolean {
    const blocks = readAuthorities(pem);
    if (blocks.join("\n") === this.#blocks.join("\n")) return false;
    this.#blocks = blocks;
    this.#fingerprints = new Set(blocks.map((block) => new X509Certificate(block).fingerprint256));
    return true;
  }

  /** Whether the connection's certificate is of one of these, which may be others than when it was opened. */
  trusts(socket: TLSSocket): boolean {
    if (!socket.authorized) return false;
    const anchor = this.#anchors.get(socket) ?? lastOfChain(socket.getPeerCertificate(true)).fingerprint256;
    this.#anchors.set(socket, anchor);
    return this.#fingerprints.has(anchor);
  }
}

function lastOfChain(certificate: DetailedPeerCertificate): DetailedPeerCertificate {
  let last = certificate;
  // A root is its own issuer.
  for (let issuer = last.issuerCertificate; issuer && issuer !== last; issuer = last.issuerCertificate) last = issuer;
  return last;
}

/** Checked here since Node takes an empty `ca` for none, and then trusts every public authority. */
function readAuthorities(pem: string): readonly string[] {
  const blocks = pem.match(pemBlock);
  if (!blocks)
    throw new TypeError("clientCertificateAuthority holds no PEM certificate: callers could not be told apart.");
  const certificates = blocks.map(readCertificate);
  const orphan = certificates.find((each) => !certificates.some((other) => each.checkIssued(other)));
  if (orphan) {
    const name = orphan.subject.replaceAll("\n", ", ");
    // Node's TLS server has no partial chains, so that such an authority would let nobody in.
    throw new TypeError(
      `clientCertificateAuthority holds the intermediate ${name} without the authority that signed it: add that one.`,
    );
  }
  return blocks;
}

function readCertificate(block: string): X509Certificate {
  try {
    return new X509Certificate(block);
  } catch (cause) {
    throw new TypeError("clientCertificateAuthority holds a certificate that cannot be read.", { cause });
  }
}
