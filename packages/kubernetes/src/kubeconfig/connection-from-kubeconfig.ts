import { createPrivateKey, X509Certificate } from "node:crypto";
import { resolve } from "node:path";
import type { Connection, Credentials } from "../connection/connection.ts";
import { FreshFile } from "../connection/fresh-file.ts";
import { authPlugin } from "./auth-plugins.ts";
import { invalid, loadKubeconfig } from "./load-kubeconfig.ts";
import { pemSource } from "./pem-source.ts";
import { type SelectedContext, selectContext } from "./select-context.ts";

export interface KubeconfigOptions {
  /** A file, or several as in `KUBECONFIG`; absent: what `KUBECONFIG` says, else `~/.kube/config`. */
  readonly path?: string;
  /** The kubeconfig itself, instead of a file. */
  readonly text?: string;
  /** Absent: the current one. */
  readonly context?: string;
}

const maxAgeMs = 60_000;

/**
 * The connection that a context of a kubeconfig describes. Certificates, keys and tokens in files of their own are read
 * again when what was read is older than a minute; credential plugins and OpenID Connect run when they are first
 * needed.
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
  const { source, cluster, user } = context;
  const { value, folder } = cluster;
  const [ca, cert, key, plugin] = await Promise.all([
    pemSource({
      source,
      folder,
      kind: "certificate",
      what: "the CA certificate",
      data: value.caData,
      file: value.caFile,
    }),
    pemSource({ source, kind: "certificate", what: "the client certificate", ...location(user, "cert") }),
    pemSource({ source, kind: "key", what: "the client key", ...location(user, "key") }),
    authPlugin(context),
  ]);
  if ((cert === undefined) !== (key === undefined)) {
    throw invalid(`${source} has a client certificate without its key, or a key without its certificate`);
  }
  const now = { refresh: false };
  if (cert && key) checkPair(await cert.read(now), await key.read(now), source);
  const fixed = fixedCredentials(context);
  const token = tokenSource(context);
  return async (call) => ({
    ...fixed,
    ...(ca ? { ca: await ca.read(call) } : {}),
    ...(cert && key ? { cert: await cert.read(call), key: await key.read(call) } : {}),
    ...(token ? { token: await token.read(call) } : {}),
    ...(plugin ? await plugin.credentials(call) : {}),
  });
}

function location(
  user: SelectedContext["user"],
  part: "cert" | "key",
): { data: string | undefined; file: string | undefined; folder: string } {
  return { data: user?.value[`${part}Data`], file: user?.value[`${part}File`], folder: user?.folder ?? "." };
}

/** `tokenFile`, which client-node looks for under another name. As in kubectl it wins over `token`. */
function tokenSource(context: SelectedContext): FreshFile | undefined {
  const path = context.user?.raw["tokenFile"];
  if (!context.user || typeof path !== "string" || path === "") return undefined;
  return new FreshFile({ path: resolve(context.user.folder, path), what: "the token", maxAgeMs });
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

function checkPair(certificatePem: string, keyPem: string, source: string): void {
  const certificate = new X509Certificate(certificatePem);
  if (!certificate.checkPrivateKey(createPrivateKey(keyPem))) {
    throw invalid(`the client key in ${source} does not belong to its client certificate`);
  }
  if (Date.parse(certificate.validTo) < Date.now()) {
    throw invalid(`the client certificate in ${source} expired on ${certificate.validTo}: get a new kubeconfig`);
  }
}
