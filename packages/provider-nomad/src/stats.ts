import { type Call, type PodStats, type StatsSummary, isProviderError } from "@virtual-kubelet/provider";
import type { NomadAllocationStats, NomadHostStats } from "./api/stats.ts";
import type { NomadClient } from "./client.ts";
import { jobPrefixOf, tagsOf } from "./job/identity.ts";
import type { NomadRequest } from "./client/nomad-request.ts";
import { requests } from "./client/requests.ts";
import type { Scope } from "./pods/scope.ts";
import { CpuCounters } from "./stats/cpu-counters.ts";
import { nodeStats, nodeStatsFromPods } from "./stats/node-stats.ts";
import { podStats } from "./stats/pod-stats.ts";
import { currentAllocation } from "./watch/current-allocation.ts";
import { listNode } from "./watch/list-node.ts";

/** How many clients and allocations are asked at once. */
const parallel = 8;

/** What the node's pods use, asked of Nomad's clients when somebody wants to know. */
export class StatsReader {
  readonly #scope: Pick<Scope, "client" | "networks" | "nodes" | "owner">;
  readonly #counters = new CpuCounters();

  constructor(scope: Pick<Scope, "client" | "networks" | "nodes" | "owner">) {
    this.#scope = scope;
  }

  async read(call: Call): Promise<StatsSummary> {
    const [pods, hosts] = await Promise.all([this.#pods(call), this.#hosts(call)]);
    const nowMs = Date.now();
    const node = hosts ? nodeStats(hosts, this.#counters, nowMs) : nodeStatsFromPods(pods, this.#counters, nowMs);
    this.#counters.sweep();
    return { node, pods };
  }

  async #pods(call: Call): Promise<readonly PodStats[]> {
    const { client, owner } = this.#scope;
    const { jobs, allocations } = await listNode(this.#scope, jobPrefixOf(owner), call);
    const measured = await inParallel(jobs.value, async ({ ID, Meta }) => {
      const pod = tagsOf(Meta ?? {})?.pod;
      const allocation = currentAllocation(allocations.value.filter(({ JobID }) => JobID === ID));
      if (!pod || allocation?.ClientStatus !== "running") return undefined;
      const stats = await ifThere<NomadAllocationStats>(client, requests.allocationStats(allocation.ID), call);
      return stats && podStats({ ref: pod, allocation, stats }, this.#counters);
    });
    return measured.filter((each) => each !== undefined);
  }

  /** `undefined`: the token may not look at them, or none can be reached. */
  async #hosts(call: Call): Promise<readonly NomadHostStats[] | undefined> {
    const { client, nodes } = this.#scope;
    try {
      const fitting = await nodes.fitting(call);
      const read = await inParallel(fitting, ({ ID }) => ifThere<NomadHostStats>(client, requests.nodeStats(ID), call));
      const hosts = read.filter((each) => each !== undefined);
      return fitting.length > 0 && hosts.length === 0 ? undefined : hosts;
    } catch (error) {
      if (isProviderError(error, "Unauthorized")) return undefined;
      throw error;
    }
  }
}

/** `undefined` when there is nothing to be had: what is asked about has ended meanwhile, or its client is away. */
async function ifThere<T>(client: NomadClient, request: NomadRequest, call: Call): Promise<T | undefined> {
  try {
    return await client.json<T>(request, call);
  } catch (error) {
    if (call.signal.aborted || isProviderError(error, "Unauthorized")) throw error;
    return undefined;
  }
}

async function inParallel<T, R>(items: readonly T[], act: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const work = async (): Promise<void> => {
    for (const [at, item] of queue) results[at] = await act(item);
  };
  await Promise.all(Array.from({ length: parallel }, work));
  return results;
}
