import type { Call } from "@virtual-kubelet/provider";
import type { NomadAllocation } from "../api/allocation.ts";
import type { NomadEvaluation } from "../api/evaluation.ts";
import type { NomadJobStub } from "../api/job.ts";
import type { NomadClient } from "../client.ts";
import { requests } from "../client/requests.ts";
import type { KnownJobs, Listed } from "./known-jobs.ts";
import type { OwnNetworks } from "./own-networks.ts";

/** The three lists that tell everything of a node's pods, whatever their number; or of one job, by its ID. */
export interface NodeLists {
  readonly jobs: Listed<NomadJobStub>;
  readonly allocations: Listed<NomadAllocation>;
  readonly evaluations: Listed<NomadEvaluation>;
}

export interface NodeSource {
  readonly client: NomadClient;
  readonly networks: OwnNetworks;
}

export async function listNode({ client, networks }: NodeSource, prefix: string, call: Call): Promise<NodeLists> {
  const [jobs, allocations, evaluations] = await Promise.all([
    client.query<readonly NomadJobStub[]>(requests.jobs(prefix), call),
    client.query<readonly NomadAllocation[]>(requests.allocations(prefix), call),
    client.query<readonly NomadEvaluation[]>(requests.evaluations(prefix), call),
  ]);
  const value = await networks.complete(allocations.value, call);
  return { jobs, allocations: { ...allocations, value }, evaluations };
}

/** Which jobs the lists have changed. */
export function takeLists(known: KnownJobs, { jobs, allocations, evaluations }: NodeLists): ReadonlySet<string> {
  return new Set([
    // Before the jobs: one that is listed no more is gone only when nothing of it runs.
    ...known.listAllocations(allocations),
    ...known.listEvaluations(evaluations),
    ...known.listJobs(jobs),
  ]);
}
