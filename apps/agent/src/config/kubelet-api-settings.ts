import { certificateFile, keyPairFiles } from "@virtual-kubelet/kubernetes";
import type { Logger } from "@virtual-kubelet/provider";
import { type X509Certificate, createPrivateKey } from "node:crypto";
import { stat } from "node:fs/promises";
import type { KubeletApiSettings } from "virtual-kubelet";
import { certDirOf } from "../agent-connection.ts";
import type { Config } from "./config-schema.ts";
import { milliseconds } from "./values/milliseconds.ts";
import { certificateIn, pemIn } from "./values/pem-files.ts";
import { present } from "./present.ts";
import { UsageError } from "../usage-error.ts";

export interface FilesCall {
  readonly logger: Logger;
  /** Until when files are looked at for changes. */
  readonly signal: AbortSignal;
}

/** How the kubelet API is to be served. Throws a `UsageError` when the settings do not fit together, or files are not there. */
export async function kubeletApiSettings(config: Config, call: FilesCall): Promise<KubeletApiSettings> {
  return present({
    address: config.kubeletAddress,
    port: config.kubeletPort,
    hostAddress: config.nodeAddress,
    commandVerb: config.commandVerb,
    tokenTtlMs: lengthOf(config.authenticationTokenWebhookCacheTtl),
    allowedTtlMs: lengthOf(config.authorizationWebhookCacheAuthorizedTtl),
    deniedTtlMs: lengthOf(config.authorizationWebhookCacheUnauthorizedTtl),
    idleTimeoutMs: idleTimeoutMs(config),
    streamCreationTimeoutMs: lengthOf(config.streamCreationTimeout),
    extendWebSockets: config.extendWebSockets,
    logDirectory: await systemLogDir(config),
    ...(await servingCertificate(config, call)),
    ...(await clientAuthority(config, call)),
  });
}

async function servingCertificate(
  config: Config,
  call: FilesCall,
): Promise<Pick<KubeletApiSettings, "certificate" | "servingCertificateFolder">> {
  const { tlsCertFile: certificate, tlsPrivateKeyFile: key, rotateServerCertificates } = config;
  if (rotateServerCertificates) {
    if (certificate === undefined && key === undefined) return { servingCertificateFolder: certDirOf(config) };
    throw new UsageError("--rotate-server-certificates and --tls-cert-file are two ways to a certificate: keep one.");
  }
  if (certificate === undefined && key === undefined) return {};
  if (certificate === undefined || key === undefined)
    throw new UsageError("A serving certificate needs both of --tls-cert-file and --tls-private-key-file.");
  const served = await certificateIn("--tls-cert-file", certificate);
  if (!isKeyOf(served, await pemIn("--tls-private-key-file", key)))
    throw new UsageError(`--tls-private-key-file: ${key} does not hold the key of ${certificate}.`);
  return { certificate: keyPairFiles({ certificate, key }, call) };
}

async function clientAuthority(
  { clientCaFile, clientCaFromCluster }: Config,
  call: FilesCall,
): Promise<Pick<KubeletApiSettings, "clientCertificateAuthority" | "clientAuthorityFromCluster">> {
  if (clientCaFile === undefined) return clientCaFromCluster ? { clientAuthorityFromCluster: true } : {};
  if (clientCaFromCluster)
    throw new UsageError("--client-ca-file and --client-ca-from-cluster are two ways to know callers: keep one.");
  await certificateIn("--client-ca-file", clientCaFile);
  return { clientCertificateAuthority: certificateFile(clientCaFile, call) };
}

/** 0 is for none, as with kubelet's flag. */
function idleTimeoutMs({ streamingConnectionIdleTimeout: duration }: Config): number | undefined {
  const ms = lengthOf(duration);
  return ms === 0 ? Number.POSITIVE_INFINITY : ms;
}

function lengthOf(duration: string | undefined): number | undefined {
  return duration === undefined ? undefined : milliseconds(duration);
}

async function systemLogDir({ systemLogDir: path }: Config): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return path;
  throw new UsageError(`--system-log-dir: ${found ? `${path} is no folder` : `there is no folder ${path}`}.`);
}

function isKeyOf(certificate: X509Certificate, key: string): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}
