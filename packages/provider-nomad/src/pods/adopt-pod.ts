import type { Pod } from "@virtual-kubelet/kubernetes";
import { refOf } from "@virtual-kubelet/pod-toolkit";
import type { AdoptCall } from "@virtual-kubelet/provider";
import type { NomadVariable } from "../api/variable.ts";
import { isGate } from "../job/gates.ts";
import { jobIdOf, variablePrefixOf } from "../job/identity.ts";
import { requests } from "../client/requests.ts";
import type { Scope } from "./scope.ts";
import { hasTurns } from "./create-pod.ts";
import { isOf, jobOf } from "./job-of.ts";

/** Takes over a pod that an earlier agent has created: from now on its files follow its volumes again, also by what they missed meanwhile. */
export async function adoptPod({ client, owner, materials, watch }: Scope, pod: Pod, call: AdoptCall): Promise<void> {
  const { signal, observed } = call;
  const id = jobIdOf(owner, refOf(pod));
  const job = await jobOf(client, id, { signal });
  if (!job || job.Stop || !isOf(job, { owner }, refOf(pod))) return;
  const followed = await materials.pull(pod, { signal, revision: observed.revision ?? "" });
  try {
    const listed = await client.json<readonly NomadVariable[] | null>(requests.variables(variablePrefixOf(id)), {
      signal,
    });
    const written = await Promise.all(
      (listed ?? [])
        .filter(({ Path }) => !isGate(Path))
        .map(({ Path }) => client.json<NomadVariable>(requests.variable(Path), { signal })),
    );
    followed.follow({ written, meta: job.Meta });
    followed.refresh();
    if (hasTurns(job)) watch.tend(id);
  } catch (error) {
    await followed[Symbol.asyncDispose]();
    throw error;
  }
}
