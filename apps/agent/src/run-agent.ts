import type { KeyPairPem } from "@virtual-kubelet/kubernetes";
import type { DefinedProvider, Logger, ProviderFactory } from "@virtual-kubelet/provider";
import { readFile } from "node:fs/promises";
import type { VirtualNodeOptions } from "virtual-kubelet";
import { connectionOf, nodeIdentity } from "./agent-connection.ts";
import { checkOptions } from "./config/check-options.ts";
import { type ConfigFile, readingProblem } from "./config/config-file.ts";
import type { Config } from "./config/config-schema.ts";
import { throwMistakes, type Settings } from "./config/settings.ts";
import { loadProvider } from "./load-provider.ts";
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
    nodeOptions(config),
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
async function factoryOf(provider: DefinedProvider, options: ConfigFile): Promise<ProviderFactory> {
  const { mistakes } = await checkOptions(provider.schema, options.value);
  return mistakes ? throwMistakes(options, mistakes) : provider(options.value);
}

async function nodeOptions(config: Config): Promise<Omit<VirtualNodeOptions, "provider" | "connection">> {
  const { labels, taints, clusterId } = config;
  const [certificate, clientCertificateAuthority] = await Promise.all([
    servingCertificate(config),
    config.clientCaFile === undefined ? undefined : readPem("--client-ca-file", config.clientCaFile),
  ]);
  return present({
    name: config.nodeName ?? "virtual-kubelet",
    clusterId,
    labels,
    taints: taints?.map(present),
    kubeletApi: present({
      address: config.kubeletAddress,
      port: config.kubeletPort,
      hostAddress: config.nodeAddress,
      certificate,
      clientCertificateAuthority,
    }),
  });
}

async function servingCertificate({ tlsCertFile, tlsPrivateKeyFile }: Config): Promise<KeyPairPem | undefined> {
  if (tlsCertFile === undefined && tlsPrivateKeyFile === undefined) return undefined;
  if (tlsCertFile === undefined || tlsPrivateKeyFile === undefined) {
    throw new UsageError("A serving certificate needs both of --tls-cert-file and --tls-private-key-file.");
  }
  const [certificate, key] = await Promise.all([
    readPem("--tls-cert-file", tlsCertFile),
    readPem("--tls-private-key-file", tlsPrivateKeyFile),
  ]);
  return { certificate, key };
}

async function readPem(flag: string, path: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw new UsageError(`${flag}: cannot read ${path}: ${readingProblem(error)}.`, { cause: error });
  }
  if (text.includes("-----BEGIN ")) return text;
  throw new UsageError(`${flag}: ${path} is not PEM: it has no line "-----BEGIN …".`);
}

function noProvider(directories: readonly string[]): never {
  const installed = installedProviders([...directories, ownDirectory()]).map(({ name }) => name);
  const hint = installed.length > 0 ? `installed here: ${installed.join(", ")}` : "none is installed here";
  throw new UsageError(`No provider was named: say --provider NAME (${hint}).`);
}

type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Without the keys whose value is `undefined`. */
function present<T extends object>(value: T): Present<T> {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as Present<T>;
}
