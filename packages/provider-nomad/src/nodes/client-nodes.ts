import { type Call, isProviderError } from "@virtual-kubelet/provider";
import type { NomadNode } from "../api/node.ts";
import type { NomadClient } from "../client.ts";
import type { ResolvedNomadOptions } from "../options.ts";
import { requests } from "../client/requests.ts";

/** For how long the list of clients is used again. */
const freshMs = 30_000;

/** Nomad's clients, as far as pods may run on them. */
export class ClientNodes {
  readonly #client: NomadClient;
  readonly #options: ResolvedNomadOptions;
  #fitting: { readonly nodes: readonly NomadNode[]; readonly readAtMs: number } | undefined;
  /** By ID: what a client is does not change while it lives. */
  readonly #details = new Map<string, NomadNode>();

  constructor(client: NomadClient, options: ResolvedNomadOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** Those that are ready and take new work, in the options' datacenters and pool, and that have the driver. */
  async fitting(call: Call): Promise<readonly NomadNode[]> {
    const known = this.#fitting;
    if (known && performance.now() - known.readAtMs < freshMs) return known.nodes;
    return this.take(await this.#client.json<readonly NomadNode[]>(requests.nodes(), call));
  }

  /** As `fitting`, of a list that has just been read. */
  take(all: readonly NomadNode[]): readonly NomadNode[] {
    const nodes = all.filter((node) => fits(node, this.#options));
    this.#fitting = { nodes, readAtMs: performance.now() };
    return nodes;
  }

  /** With their attributes, which lists leave out; without those that have gone since they were listed. */
  async details(nodes: readonly NomadNode[], call: Call): Promise<readonly NomadNode[]> {
    const there = new Set(nodes.map(({ ID }) => ID));
    for (const id of this.#details.keys()) if (!there.has(id)) this.#details.delete(id);
    const found = await Promise.all([...there].map((id) => this.#detailsOf(id, call)));
    return found.filter((node) => node !== undefined);
  }

  /** What a core of the slowest one has; `undefined` when there is none, or when the token may not look. */
  async mhzPerCpu(call: Call): Promise<number | undefined> {
    try {
      return slowestCore(await this.fitting(call));
    } catch (error) {
      if (isProviderError(error, "Unauthorized")) return undefined;
      throw error;
    }
  }

  async #detailsOf(id: string, call: Call): Promise<NomadNode | undefined> {
    const known = this.#details.get(id);
    if (known) return known;
    try {
      const node = await this.#client.json<NomadNode>(requests.node(id), call);
      this.#details.set(id, node);
      return node;
    } catch (error) {
      if (isProviderError(error) && /node not found/i.test(error.message)) return undefined;
      throw error;
    }
  }
}

export function slowestCore(nodes: readonly NomadNode[]): number | undefined {
  const speeds = nodes.flatMap((node) => mhzOfCore(node) ?? []);
  return speeds.length === 0 ? undefined : Math.min(...speeds);
}

export function mhzOfCore({ NodeResources }: NomadNode): number | undefined {
  const { CpuShares = 0, TotalCpuCores = 0 } = NodeResources?.Cpu ?? {};
  return CpuShares > 0 && TotalCpuCores > 0 ? CpuShares / TotalCpuCores : undefined;
}

export function fits(
  node: NomadNode,
  { datacenters, nodePool = "default", driver }: Pick<ResolvedNomadOptions, "datacenters" | "nodePool" | "driver">,
): boolean {
  const isReady = node.Status === "ready" && node.SchedulingEligibility === "eligible" && !node.Drain;
  const isInPool = nodePool === "all" || (node.NodePool ?? "default") === nodePool;
  const has = node.Drivers?.[driver];
  return (
    isReady &&
    isInPool &&
    Boolean(has?.Detected && has.Healthy) &&
    datacenters.some((glob) => matches(glob, node.Datacenter))
  );
}

/** `*` stands for any text, as in a job's datacenters. */
function matches(glob: string, text: string): boolean {
  const parts = glob.split("*").map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join(".*")}$`).test(text);
}
