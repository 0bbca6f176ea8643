import type { DefinedProvider, Logger, ProviderFactory } from "@virtual-kubelet/provider";
import type { VirtualNodeOptions } from "virtual-kubelet";
import { connectionOf, nodeIdentity } from "./agent-connection.ts";
import { clusterDns } from "./config/cluster-dns.ts";
import { apiServerForPods } from "./config/api-server-for-pods.ts";
import { checkOptions } from "./config/check-options.ts";
import type { ConfigFile } from "./config/config-file.ts";
import type { Config } from "./config/config-schema.ts";
import { highAvailability } from "./config/high-availability.ts";
import { throwMistakes, type Settings } from "./config/settings.ts";
import { kubeletApiSettings } from "./config/kubelet-api-settings.ts";
import { milliseconds } from "./config/values/milliseconds.ts";
import { loadProvider } from "./load-provider.ts";
import { present } from "./config/present.ts";
import { installedProviders, ownDirectory } from "./provider-package.ts";
import { UsageError } from "./usage-error.ts";

export interface AgentCall {
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Loads the provider and runs it as a node until the signal aborts. Throws a `UsageError` when the settings do not fit. */
export async function runAgent(settings: Settings, { logger, signal }: AgentCall): Promise<void> {
  for (const warning of settings.warnings) logger.warn(warning);
  const { config } = settings;
  const name = config.provider ?? noProvider(settings.directories);
  const [{ provider, module }, { VirtualNode }, options, connection] = await Promise.all([
    loadProvider(name, settings.directories),
    import("virtual-kubelet"),
    nodeOptions(config, { logger, signal }),
    connectionOf(config),
  ]);
  const factory = await factoryOf(provider, settings.providerOptions);
  // As the Go original has it: only pods that ask for this provider come here.
  const taints = [{ key: "virtual-kubelet.io/provider", value: provider.providerName, effect: "NoSchedule" }];
  const { name: nodeName } = options;
  logger.info({ node: nodeName, provider: provider.providerName, module }, "agent starts");
  try {
    await using identity = await nodeIdentity(config, { connection, nodeName, logger, signal });
    const through = identity ?? connection;
    const node = new VirtualNode({
      taints,
      ...options,
      ...(through ? { connection: through } : {}),
      provider: factory,
      logger,
    });
    node.ready.then(
      () => logger.info({ node: nodeName }, "node is ready"),
      () => {}, // `run` rejects with the same error.
    );
    await node.run({ signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  logger.info({ node: nodeName }, "agent stopped");
}

/** Checks the options here, where the file and line are known; the provider checks the same input once more as it starts. */
export async function factoryOf(provider: DefinedProvider, options: ConfigFile): Promise<ProviderFactory> {
  const { mistakes } = await checkOptions(provider.schema, options.value);
  return mistakes ? throwMistakes(options, mistakes) : provider(options.value);
}

async function nodeOptions(
  config: Config,
  call: AgentCall,
): Promise<Omit<VirtualNodeOptions, "provider" | "connection">> {
  const { labels, taints, clusterId, refusedPods, daemonSetPods, whenUnreachable, onStop } = config;
  const { missingPodsAfter: after, missingPodsLimit: pods, missingPodsShare: share } = config;
  return present({
    name: config.nodeName ?? "virtual-kubelet",
    clusterId,
    labels,
    taints: taints?.map(present),
    refusedPods,
    daemonSetPods,
    missedTwiceMs: after === undefined ? undefined : milliseconds(after),
    disappearance: { pods, share },
    whenUnreachable,
    onStop,
    clusterDns: clusterDns(config),
    kubeletApi: await kubeletApiSettings(config, call),
    apiServerForPods: await apiServerForPods(config),
    highAvailability: highAvailability(config),
  });
}

export function noProvider(directories: readonly string[]): never {
  const installed = installedProviders([...directories, ownDirectory()]).map(({ name }) => name);
  const hint = installed.length > 0 ? `installed here: ${installed.join(", ")}` : "none is installed here";
  throw new UsageError(`No provider was named: say --provider NAME (${hint}).`);
}
