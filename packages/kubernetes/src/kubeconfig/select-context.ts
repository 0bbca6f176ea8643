import type { Cluster, User } from "@kubernetes/client-node/dist/config_types.js";
import { type Entry, invalid, type Kubeconfig } from "./load-kubeconfig.ts";

/** One cluster and one user of it. */
export interface SelectedContext {
  readonly source: string;
  readonly namespace: string | undefined;
  readonly cluster: Entry<Cluster>;
  readonly user: Entry<User> | undefined;
}

/** The context of this name, or the current one. */
export function selectContext(config: Kubeconfig, name: string | undefined): SelectedContext {
  const { source } = config;
  const wanted = name ?? config.currentContext;
  if (wanted === undefined) {
    throw invalid(
      `${source} has no current context: name one, or run "kubectl config use-context NAME" (${known(config.contexts)})`,
    );
  }
  const context = find(config.contexts, wanted);
  if (!context) throw invalid(`${source} has no context "${wanted}" (${known(config.contexts)})`);
  const { cluster: clusterName, user: userName, namespace } = context.value;
  const cluster = find(config.clusters, clusterName);
  if (!cluster) {
    const problem = `context "${wanted}" names the cluster "${clusterName ?? ""}", which has no entry with a server`;
    throw invalid(`${source} is incomplete: ${problem} (${known(config.clusters)})`);
  }
  // "localhost:8080" is a URL as well, of the scheme "localhost".
  if (!URL.canParse(cluster.value.server) || !/^https?:/i.test(cluster.value.server)) {
    throw invalid(
      `${source} has "${cluster.value.server}" as the server of "${clusterName}": expected a URL such as https://host:6443`,
    );
  }
  const user = find(config.users, userName);
  if (userName && !user) {
    const problem = `context "${wanted}" names the user "${userName}", which is not there`;
    throw invalid(`${source} is incomplete: ${problem} (${known(config.users)})`);
  }
  return { source, namespace: namespace || undefined, cluster, user };
}

function find<T extends { readonly name: string }>(
  list: readonly Entry<T>[],
  name: string | undefined,
): Entry<T> | undefined {
  return list.find((entry) => entry.value.name === name);
}

function known(list: readonly Entry<{ readonly name: string }>[]): string {
  return list.length === 0 ? "it has none" : `it has ${list.map((entry) => entry.value.name).join(", ")}`;
}
