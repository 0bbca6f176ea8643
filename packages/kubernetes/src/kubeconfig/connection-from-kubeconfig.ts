import { X509Certificate } from "node:crypto";
import { resolve } from "node:path";
import type { Connection, Credentials } from "../connection/connection.ts";
import { Fresh } from "../connection/fresh.ts";
import { freshFile } from "../connection/fresh-file.ts";
import { authPlugin } from "./auth-plugins.ts";
import { invalid, loadKubeconfig } from "./load-kubeconfig.ts";
import { type KeyPair, readKeyPair } from "./read-key-pair.ts";
import { isGiven, readPem } from "./read-pem.ts";
import { type SelectedContext, selectContext } from "./select-context.ts";

export interface KubeconfigOptions {
  /** A file, or several as in `KUBECONFIG`; absent: what `KUBECONFIG` says, else `~/.kube/config`. */
  readonly path?: string;
  /** The kubeconfig itself, instead of a file. */
  readonly text?: string;
  /** Absent: the current one. */
  readonly context?: string;
}

/**
 * The connection that a context of a kubeconfig describes. Certificates, keys and tokens in files of their own are read
 * again when what was read is older than a minute, and when the server refuses them or cannot be verified; a certificate and
 * its key only together. Credential plugins and OpenID Connect run when they are first needed.
 *
 * Throws a `KubernetesError` with reason `InvalidKubeconfig` that names the file and what to do.
 */
export async function connectionFromKubeconfig(options: KubeconfigOptions = {}): Promise<Connection> {
  const context = selectContext(await loadKubeconfig(options), options.context);
  const { cluster, namespace } = context;
  const credentials = await credentialsOf(context);
  return {
    server: cluster.value.server,
    ...(namespace === undefined ? {} : { namespace }),
    ...(cluster.value.proxyUrl ? { proxyUrl: cluster.value.proxyUrl } : {}),
    credentials,
  };
}

async function credentialsOf(context: SelectedContext): Promise<Connection["credentials"]> {
  const ca = caSource(context);
  const pair = pairSource(context);
  // Now, so that what is wrong with them is an error of loading and not of the first request.
  const now = { refresh: false };
  await ca?.read(now);
  if (pair) checkNotExpired((await pair.read(now)).cert, context.source);
  const plugin = await authPlugin(context);
  const fixed = fixedCredentials(context);
  const token = tokenSource(context);
  return async (call) => {
    const authority = await ca?.read(call);
    return {
      ...fixed,
      ...(authority === undefined ? {} : { ca: authority }),
      ...(await pair?.read(call)),
      ...(token ? { token: (await token.read(call)).trim() } : {}),
      ...(await plugin?.credentials({ ...call, ca: authority })),
    };
  };
}

function caSource({ source, cluster }: SelectedContext): Fresh<string> | undefined {
  const { folder, value } = cluster;
  const at = { source, folder, data: value.caData, file: value.caFile };
  const ca = { ...at, kind: "certificate", what: "the CA certificate" } as const;
  return isGiven(ca) ? new Fresh({ load: () => readPem(ca) }) : undefined;
}

function pairSource({ source, user }: SelectedContext): Fresh<KeyPair> | undefined {
  if (!user) return undefined;
  const { certData, certFile, keyData, keyFile } = user.value;
  const at = { source, folder: user.folder };
  const cert = { ...at, kind: "certificate", what: "the client certificate", data: certData, file: certFile } as const;
  const key = { ...at, kind: "key", what: "the client key", data: keyData, file: keyFile } as const;
  if (isGiven(cert) !== isGiven(key)) {
    throw invalid(`${source} has a client certificate without its key, or a key without its certificate`);
  }
  return isGiven(cert) ? new Fresh({ load: () => readKeyPair({ cert, key }) }) : undefined;
}

/** `tokenFile`, which client-node looks for under another name. As in kubectl it wins over `token`. */
function tokenSource(context: SelectedContext): Fresh<string> | undefined {
  const path = context.user?.raw["tokenFile"];
  if (!context.user || typeof path !== "string" || path === "") return undefined;
  return freshFile({ path: resolve(context.user.folder, path), what: "the token" });
}

/** What does not change while we run. */
function fixedCredentials(context: SelectedContext): Credentials {
  const { skipTLSVerify, tlsServerName } = context.cluster.value;
  const { token, username, password, impersonateUser } = context.user?.value ?? {};
  const { "as-groups": groups, "as-uid": uid, "as-user-extra": extra } = context.user?.raw ?? {};
  const headers = {
    ...(username ? { authorization: `Basic ${Buffer.from(`${username}:${password ?? ""}`).toString("base64")}` } : {}),
    ...(impersonateUser ? { "impersonate-user": impersonateUser } : {}),
    ...(Array.isArray(groups) && groups.length > 0 ? { "impersonate-group": groups.map(String) } : {}),
    ...(typeof uid === "string" && uid ? { "impersonate-uid": uid } : {}),
    ...extraHeaders(extra),
  };
  return {
    ...(skipTLSVerify ? { insecureSkipTlsVerify: true } : {}),
    ...(tlsServerName ? { serverName: tlsServerName } : {}),
    ...(token ? { token } : {}),
    ...(Object.keys(headers).length > 0 ? { headers } : {}),
  };
}

/** Keys are written as client-go does: what may not stand in a header's name is percent-encoded. */
function extraHeaders(extra: unknown): Record<string, string[]> {
  const encoded = (key: string): string =>
    encodeURIComponent(key).replace(/[()]/g, (character) => (character === "(" ? "%28" : "%29"));
  return Object.fromEntries(
    Object.entries(extra ?? {}).map(([key, values]) => [
      `impersonate-extra-${encoded(key)}`,
      [values].flat().map(String),
    ]),
  );
}

function checkNotExpired(certificatePem: string, source: string): void {
  const { validTo } = new X509Certificate(certificatePem);
  if (Date.parse(validTo) < Date.now()) {
    throw invalid(`the client certificate in ${source} expired on ${validTo}: get a new kubeconfig`);
  }
}
