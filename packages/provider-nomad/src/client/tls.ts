import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { type ConnectionOptions, checkServerIdentity } from "node:tls";
import { ProviderError } from "@virtual-kubelet/provider";

/** Whom to trust and who we are, as files (PEM). */
export interface TlsFiles {
  readonly caCert?: string | undefined;
  readonly clientCert?: string | undefined;
  readonly clientKey?: string | undefined;
  /** The name that the server's certificate has to bear, when it is not the address's. */
  readonly tlsServerName?: string | undefined;
}

/** The part of a TLS connection's options that is said here. */
export type TlsOptions = Pick<ConnectionOptions, "ca" | "cert" | "key" | "servername" | "checkServerIdentity">;

/** Read for each connection anew, so that a renewed certificate is used without a restart. */
export function tlsOptions(files: TlsFiles): TlsOptions {
  const { caCert, clientCert, clientKey, tlsServerName } = files;
  return {
    ...(caCert === undefined ? {} : { ca: read("caCert", caCert) }),
    ...(clientCert === undefined ? {} : { cert: read("clientCert", clientCert) }),
    ...(clientKey === undefined ? {} : { key: read("clientKey", clientKey) }),
    ...(tlsServerName === undefined ? {} : expecting(tlsServerName)),
  };
}

function read(option: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new ProviderError("InvalidInput", `The option ${option} names a file that cannot be read: ${path}.`, {
      cause,
    });
  }
}

/** A TLS client may not ask for an address by name, but it may expect one. */
function expecting(name: string): TlsOptions {
  if (isIP(name) === 0) return { servername: name };
  return { checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate) };
}
