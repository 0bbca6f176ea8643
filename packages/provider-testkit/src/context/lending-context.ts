import { type ProviderContext, silentLogger } from "@virtual-kubelet/provider";

/**
 * A context that lends what it is given and nothing else: what is asked of it beyond that throws and says what was asked. It is
 * of node `node` in cluster `cluster`, logs nothing, knows no pod, gives containers no variables, and lets events be.
 */
export function lendingContext(lent: Partial<ProviderContext> = {}): ProviderContext {
  return {
    nodeName: "node",
    clusterId: "cluster",
    logger: silentLogger,
    pod: () => undefined,
    environment: async () => [],
    recordEvent: () => {},
    volume: notLent("volume"),
    referencesChanged: notLent("referencesChanged"),
    resolver: notLent("resolver"),
    pullCredentials: notLent("pullCredentials"),
    token: notLent("token"),
    read: notLent("read"),
    ...lent,
  };
}

function notLent(name: string): () => never {
  return () => {
    throw new Error(`"${name}" is not lent here: give it to lendingContext.`);
  };
}
