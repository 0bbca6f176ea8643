import { type Call, type DeleteCall, type PodRef, ProviderError, isProviderError } from "@virtual-kubelet/provider";
import type { NomadAllocation } from "../api/allocation.ts";
import type { NomadEvaluation } from "../api/evaluation.ts";
import type { NomadClient } from "../client.ts";
import { jobIdOf, variablePrefixOf } from "../job/identity.ts";
import { requests } from "../client/requests.ts";
import { type Scope, nameOf } from "./scope.ts";
import { hasEnded } from "../watch/current-allocation.ts";
import { isOf, jobOf } from "./job-of.ts";

/** How long Nomad's scheduler may take to see that there is nothing to stop. */
const evaluationMs = 5_000;

/**
 * The first call stops the job, which gives its tasks the grace that it was registered with. One without grace kills them. One
 * that finds everything ended removes the job and its variables, and the pod is gone. `NotFound` where the job is another's.
 */
export async function deletePod(scope: Scope, pod: PodRef, call: DeleteCall): Promise<void> {
  const { client, owner } = scope;
  const { signal } = call;
  const id = jobIdOf(owner, pod);
  const [job, allocations] = await Promise.all([jobOf(client, id, { signal }), allocationsOf(client, id, { signal })]);
  if (job && !isOf(job, scope, pod)) {
    throw new ProviderError("NotFound", `job "${id}" of Nomad is not that of pod ${nameOf(pod)}: it is left alone`);
  }
  if (!job) await forget(scope, { id, pod }, { signal });
  if (!job && allocations.every(hasEnded)) return scope.watch.gone(id, pod);
  const evaluation = !job || job.Stop ? "" : await stop(client, id, { signal });
  if (allocations.every(hasEnded)) {
    // Nomad may have been about to find a place for it, or another one.
    await evaluated(client, evaluation, { signal });
    const placed = await allocationsOf(client, id, { signal });
    if (placed.every(hasEnded)) return remove(scope, { id, pod }, { signal });
  }
  if (call.gracePeriodSeconds === 0) await kill(client, allocations, { signal });
}

/** The pod has ended, and the cluster knows: what of the job is still kept for a next run is given back. Its output stays. */
export async function releasePod({ client, owner }: Scope, pod: PodRef, call: Call): Promise<void> {
  const id = jobIdOf(owner, pod);
  const job = await jobOf(client, id, call);
  if (job && !job.Stop && isOf(job, { owner }, pod)) await client.json(requests.deregister(id, { purge: false }), call);
}

/** Gives the ID of the evaluation that stops it. */
async function stop(client: NomadClient, id: string, call: Call): Promise<string> {
  return (await client.json<{ readonly EvalID: string }>(requests.deregister(id, { purge: false }), call)).EvalID;
}

/** Resolves when the scheduler has acted on it, or has taken too long. */
async function evaluated(client: NomadClient, id: string, { signal }: Call): Promise<void> {
  if (!id) return;
  const endsAtMs = Date.now() + evaluationMs;
  try {
    for (let index = 1; Date.now() < endsAtMs;) {
      const waitMs = Math.max(1, endsAtMs - Date.now());
      const answer = await client.blocking<NomadEvaluation>(requests.evaluation(id), { signal, index, waitMs });
      if (answer.value.Status !== "pending") return;
      index = Math.max(1, answer.index);
    }
  } catch (error) {
    // It is the evaluation that is not found, collected already, and not the pod.
    if (!isProviderError(error, "NotFound")) throw error;
  }
}

/** Nomad's own stop knows only the grace of the job. The delay of a restart leaves it time to be heard first. A task that is being started or restarted needs no kill: it is not. */
async function kill(client: NomadClient, allocations: readonly NomadAllocation[], call: Call): Promise<void> {
  const running = allocations.filter(({ ClientStatus }) => ClientStatus === "running");
  await Promise.all(
    running.map(async ({ ID }) => {
      try {
        await client.json(requests.signal(ID, "SIGKILL"), call);
      } catch (error) {
        // It has ended meanwhile, and Nomad has several words for that; should it not have, this is called again.
        if (!isProviderError(error) || !/failed to signal|not running|unknown allocation/i.test(error.message))
          throw error;
      }
    }),
  );
}

async function remove(scope: Scope, target: { readonly id: string; readonly pod: PodRef }, call: Call): Promise<void> {
  await scope.client.json(requests.deregister(target.id, { purge: true }), call);
  await forget(scope, target, call);
  scope.watch.gone(target.id, target.pod);
}

/** What was written for it is removed, and nothing is written for it any more. */
async function forget(
  { client, materials }: Scope,
  { id, pod }: { readonly id: string; readonly pod: PodRef },
  call: Call,
): Promise<void> {
  await materials.end(pod);
  const prefix = variablePrefixOf(id);
  const found = await client.json<readonly { readonly Path: string }[] | null>(requests.variables(prefix), call);
  const own = (found ?? []).filter(({ Path }) => Path === prefix || Path.startsWith(`${prefix}/`));
  await Promise.all(own.map(({ Path }) => client.json(requests.deleteVariable(Path), call)));
}

async function allocationsOf(client: NomadClient, id: string, call: Call): Promise<readonly NomadAllocation[]> {
  return client.json<readonly NomadAllocation[]>(requests.jobAllocations(id), call);
}
