import type { Pod } from "@virtual-kubelet/kubernetes";
import { refOf } from "@virtual-kubelet/pod-toolkit";
import { type Call, type CreateCall, type PodRef, ProviderError, isProviderError } from "@virtual-kubelet/provider";
import type { NomadJob } from "../api/job.ts";
import { tagsOf } from "../job/identity.ts";
import { jobFromPod } from "../job-from-pod.ts";
import { isOf, jobOf } from "./job-of.ts";
import { requests } from "../client/requests.ts";
import { type Scope, nameOf } from "./scope.ts";

/** Writes the pod's variables and registers its job, unless it is registered already. Never over another's. */
export async function createPod(scope: Scope, pod: Pod, call: CreateCall): Promise<void> {
  const { client, context, materials } = scope;
  const { signal, revision } = call;
  const ref = refOf(pod);
  const followed = await materials.pull(pod, { signal, revision });
  try {
    const { job, variables, notes } = jobFromPod(pod, followed.material);
    const isNew = !(await isThere(scope, { id: job.ID, ref }, { signal }));
    await Promise.all(variables.map((variable) => client.json(requests.putVariable(variable), { signal })));
    if (isNew) await register(scope, { job, ref }, { signal });
    followed.follow({ written: variables, meta: job.Meta });
    if (hasTurns(job)) scope.watch.tend(job.ID);
    if (isNew && notes.length > 0) {
      context.recordEvent(ref, {
        type: "Normal",
        reason: "Translated",
        message: `As a job of Nomad: ${notes.join("; ")}`,
      });
    }
  } catch (error) {
    await followed[Symbol.asyncDispose]();
    throw error;
  }
}

/** Whether its containers start one after another. */
export function hasTurns({ TaskGroups: [group] }: NomadJob): boolean {
  return group.Tasks.filter(({ Lifecycle }) => Lifecycle?.Hook === "prestart").length > 1;
}

async function register(
  scope: Scope,
  { job, ref }: { readonly job: NomadJob; readonly ref: PodRef },
  call: Call,
): Promise<void> {
  try {
    await scope.client.json(requests.register(job, 0), call);
  } catch (error) {
    // It may have been this one, by an earlier request whose answer was lost. Gone between the two: to be tried again.
    if (!isProviderError(error, "Conflict") || !(await isThere(scope, { id: job.ID, ref }, call))) throw error;
  }
}

/** Whether Nomad has the pod's job already. `Conflict` when it has another's of the same ID. */
async function isThere(
  scope: Pick<Scope, "client" | "owner">,
  { id, ref }: { readonly id: string; readonly ref: PodRef },
  call: Call,
): Promise<boolean> {
  const found = await jobOf(scope.client, id, call);
  if (!found) return false;
  if (isOf(found, scope, ref)) return true;
  const tags = tagsOf(found.Meta ?? {});
  const whose = tags ? `pod ${nameOf(tags.pod)} of node "${tags.owner.nodeName}"` : "nobody that is known here";
  const message = `Nomad has a job "${id}" already, and it belongs to ${whose}: remove or rename it, pod ${nameOf(ref)} needs this name`;
  throw new ProviderError("Conflict", message);
}
