import type { KubernetesClient } from "../client/kubernetes-client.ts";
import { KubernetesError, isKubernetesError } from "../client/kubernetes-error.ts";
import { pause } from "../client/pause.ts";
import { resources } from "../client/resource.ts";
import type { Connection } from "../connection/connection.ts";
import { checkCertificates } from "../connection/check-certificates.ts";
import { ObjectWatch, type WatchLogger } from "../watch/object-watch.ts";
import { polled } from "./polled.ts";

export interface ClientAuthorityOptions {
  readonly client: KubernetesClient;
  /** Whose authority is meant where the cluster does not say. */
  readonly connection: Connection;
  readonly logger?: WatchLogger | undefined;
  readonly signal: AbortSignal;
}

const place = { namespace: "kube-system", name: "extension-apiserver-authentication" };
const key = "client-ca-file";
const intervalMs = 60_000;
const retryMs = 5_000;

/** The authority by which a connection knows its server, PEM: now, and after each change. */
export function connectionAuthority({
  connection,
  logger,
  signal,
}: Omit<ClientAuthorityOptions, "client">): AsyncIterable<string> {
  const read = async (): Promise<string> => {
    const { ca } = await connection.credentials({ refresh: false, signal });
    if (ca === undefined) throw new KubernetesError("InvalidCredentials", "the connection names no authority");
    return ca;
  };
  return polled(read, { intervalMs, what: "the cluster's certificate authority", logger, signal });
}

/**
 * The authority whose certificates the API server takes for its clients', PEM, from the ConfigMap in which it tells others: now,
 * and after each change. Who may not read that, as a node of an identity of its own, gets the connection's authority.
 *
 * Rejects with reason `InvalidCredentials` when the connection names none either.
 */
export async function* clusterClientAuthority(
  options: ClientAuthorityOptions,
): AsyncGenerator<string, void, undefined> {
  const { client, logger, signal } = options;
  const asked = await ask(options);
  if (asked.pem === undefined) {
    const { ca } = await options.connection.credentials({ refresh: false, signal });
    if (ca === undefined) throw new KubernetesError("InvalidCredentials", nobodySays(asked.why));
    logger?.warn(
      { configMap: `${place.namespace}/${place.name}` },
      `the cluster does not say whose client certificates it trusts, so that those of the connection's own authority count: ${asked.why}`,
    );
    yield* connectionAuthority(options);
    return;
  }
  let known = asked.pem;
  // Before the watch: who may get it may not have the right to watch it, and a node's start waits for this.
  yield known;
  const selection = { namespace: place.namespace, fieldSelector: `metadata.name=${place.name}` };
  const watch = new ObjectWatch({ client, resource: resources.configMaps, ...selection, logger });
  for await (const change of watch.run({ signal })) {
    const pem = change.type === "set" ? change.object.data?.[key] : undefined;
    if (pem === undefined || pem === known) continue;
    known = pem;
    yield pem;
  }
}

function nobodySays(why: string): string {
  return `it cannot be known whose client certificates to trust: the connection to the cluster names no authority, and the cluster does not tell its own (${why}); let the node read ConfigMap ${place.namespace}/${place.name} by a binding to the Role extension-apiserver-authentication-reader, or name a file`;
}

/** What the ConfigMap says, or why it cannot be relied on. An API server that does not answer is waited for. */
async function ask({
  client,
  signal,
  logger,
}: ClientAuthorityOptions): Promise<{ readonly pem: string } | { readonly pem?: undefined; readonly why: string }> {
  for (;;) {
    try {
      const { data } = await client.get(resources.configMaps, place, { signal });
      const pem = data?.[key] ?? "";
      checkCertificates(pem);
      return { pem };
    } catch (error) {
      signal.throwIfAborted();
      if (!isKubernetesError(error)) return { why: `its ${key} is no certificate` };
      if (error.reason === "Forbidden" || error.reason === "NotFound") return { why: error.message };
      logger?.warn({ err: error }, "the cluster cannot be asked yet whose client certificates it trusts");
      await pause(retryMs, signal);
    }
  }
}
