import type { Call } from "@virtual-kubelet/provider";
import type { NomadJobStub } from "../api/job.ts";
import { requests } from "../client/requests.ts";
import { jobPrefixOf, variablePrefixOf } from "../job/identity.ts";
import { jobOf } from "./job-of.ts";
import type { Scope } from "./scope.ts";

/**
 * Removes what this node has written for pods that never got their job, secrets among it: an agent that was killed in between leaves it
 * behind, and nobody may ask for that pod again.
 */
export async function sweepVariables({ client, owner, materials }: Scope, call: Call): Promise<void> {
  const prefix = jobPrefixOf(owner);
  const written = await client.json<readonly { readonly Path: string }[] | null>(
    requests.variables(variablePrefixOf(prefix)),
    call,
  );
  const paths = Map.groupBy(written ?? [], ({ Path }) => jobIdIn(Path));
  if (paths.size === 0) return;
  const jobs = await client.json<readonly NomadJobStub[]>(requests.jobs(prefix), call);
  for (const { ID } of jobs) paths.delete(ID);
  for (const [id, variables] of paths) {
    // Its job is about to come. And no list is believed where one word of Nomad's can be had.
    if (materials.has(id) || (await jobOf(client, id, call))) continue;
    await Promise.all(variables.map(({ Path }) => client.json(requests.deleteVariable(Path), call)));
  }
}

function jobIdIn(path: string): string {
  return path.split("/")[2] ?? "";
}
