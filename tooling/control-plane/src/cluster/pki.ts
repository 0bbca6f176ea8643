import { generateKeyPairSync } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { issueCertificate, type IssueCertificateOptions, type KeyPairPem } from "@virtual-kubelet/kubernetes";

/** Where the files lie that the programs read, all PEM. The key of a certificate `x.crt` is `x.key`. */
export interface PkiFiles {
  /** What clients trust: one authority, and for a while two when that changes. */
  readonly authorities: string;
  /** Who signs client certificates, those of the signing controller too. */
  readonly clientAuthority: string;
  readonly serving: string;
  readonly kubeletClient: string;
  /** Who signs what the API server shows to extension API servers, which is not the one for everybody else. */
  readonly frontProxyAuthority: string;
  readonly frontProxyClient: string;
  readonly serviceAccountKey: string;
  readonly serviceAccountPublicKey: string;
}

export interface PkiOptions {
  readonly folder: string;
  /** Where the API server is called, beside loopback. */
  readonly address: string;
}

/** The cluster's certificates: issued, and kept in files. */
export class Pki {
  readonly files: PkiFiles;
  readonly #address: string;
  readonly #clientAuthority = newAuthority("kubernetes");
  #servingAuthority = this.#clientAuthority;

  constructor({ folder, address }: PkiOptions) {
    this.#address = address;
    const path = (name: string): string => join(folder, name);
    this.files = {
      authorities: path("ca.crt"),
      clientAuthority: path("client-ca.crt"),
      serving: path("apiserver.crt"),
      kubeletClient: path("apiserver-kubelet-client.crt"),
      frontProxyAuthority: path("front-proxy-ca.crt"),
      frontProxyClient: path("front-proxy-client.crt"),
      serviceAccountKey: path("sa.key"),
      serviceAccountPublicKey: path("sa.pub"),
    };
    this.#writeAll();
  }

  /** What clients trust, PEM. */
  get authorities(): string {
    return readFileSync(this.files.authorities, "utf8");
  }

  clientCertificate(options: Omit<IssueCertificateOptions, "issuer" | "usages">): KeyPairPem {
    return issueCertificate({ ...options, usages: ["clientAuth"], issuer: this.#clientAuthority });
  }

  /** Another certificate for the API server, from the same authority or a new one, which clients then trust beside the old. */
  renewServing({ newAuthority: another }: { readonly newAuthority: boolean }): void {
    if (another) {
      const before = this.#servingAuthority.certificate;
      this.#servingAuthority = newAuthority("kubernetes-anew");
      writeFileSync(this.files.authorities, `${before}${this.#servingAuthority.certificate}`);
    }
    writePair(this.files.serving, this.#servingCertificate());
  }

  /** From now on clients trust only the authority of the API server's present certificate. */
  forgetOldAuthorities(): void {
    writeFileSync(this.files.authorities, this.#servingAuthority.certificate);
  }

  #writeAll(): void {
    const { files } = this;
    writeFileSync(files.authorities, this.#servingAuthority.certificate);
    writePair(files.clientAuthority, this.#clientAuthority);
    writePair(files.serving, this.#servingCertificate());
    const kubelet = { commonName: "kube-apiserver-kubelet-client", organizations: ["system:masters"] };
    writePair(files.kubeletClient, this.clientCertificate(kubelet));
    const frontProxy = newAuthority("front-proxy");
    writePair(files.frontProxyAuthority, frontProxy);
    const proxy = issueCertificate({ commonName: "front-proxy-client", usages: ["clientAuth"], issuer: frontProxy });
    writePair(files.frontProxyClient, proxy);
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    writeSecret(files.serviceAccountKey, privateKey.export({ type: "pkcs8", format: "pem" }).toString());
    writeFileSync(files.serviceAccountPublicKey, publicKey.export({ type: "spki", format: "pem" }).toString());
  }

  #servingCertificate(): KeyPairPem {
    return issueCertificate({
      commonName: "kube-apiserver",
      dnsNames: ["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"],
      ipAddresses: [...new Set(["127.0.0.1", "10.96.0.1", this.#address])],
      usages: ["serverAuth"],
      issuer: this.#servingAuthority,
    });
  }
}

/** The key of a certificate's file. */
export function keyFile(certificateFile: string): string {
  return certificateFile.replace(/\.crt$/, ".key");
}

function newAuthority(commonName: string): KeyPairPem {
  return issueCertificate({ commonName, certificateAuthority: true });
}

/** The key first: who is woken by the certificate finds the key that belongs to it. */
function writePair(certificateFile: string, { certificate, key }: KeyPairPem): void {
  writeSecret(keyFile(certificateFile), key);
  writeFileSync(certificateFile, certificate);
}

function writeSecret(file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600 });
}
