import type { Pod } from "@virtual-kubelet/kubernetes";
import { refOf, whatToDoWith } from "@virtual-kubelet/pod-toolkit";
import { type Call, type CreateCall, type PodRef, ProviderError, isProviderError } from "@virtual-kubelet/provider";
import type { NomadJob } from "../api/job.ts";
import type { NomadClient } from "../client.ts";
import { tagsOf } from "../job/identity.ts";
import { jobFromPod } from "../job-from-pod.ts";
import { jobOf } from "./job-of.ts";
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
    await Promise.all(variables.map((variable) => client.json(requests.putVariable(variable), { signal })));
    const isNew = await register(client, { job, ref, scope }, { signal });
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

/** Whether it was registered now; `false` when the pod's job is there already. */
async function register(
  client: NomadClient,
  { job, ref, scope }: { readonly job: NomadJob; readonly ref: PodRef; readonly scope: Pick<Scope, "owner"> },
  call: Call,
): Promise<boolean> {
  try {
    await client.json(requests.register(job, 0), call);
    return true;
  } catch (error) {
    if (!isProviderError(error, "Conflict")) throw error;
    const found = await jobOf(client, job.ID, call);
    // Gone between the two: to be tried again.
    if (!found) throw error;
    const tags = tagsOf(found.Meta ?? {});
    if (whatToDoWith(tags, scope.owner, ref) === "adopt") return false;
    const whose = tags ? `pod ${nameOf(tags.pod)} of node "${tags.owner.nodeName}"` : "nobody that is known here";
    const message = `Nomad has a job "${job.ID}" already, and it belongs to ${whose}: remove or rename it, pod ${nameOf(ref)} needs this name`;
    throw new ProviderError("Conflict", message, { cause: error });
  }
}
