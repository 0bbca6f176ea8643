import { whatToDoWith } from "@virtual-kubelet/pod-toolkit";
import { type Call, type PodRef, isProviderError } from "@virtual-kubelet/provider";
import type { NomadJob } from "../api/job.ts";
import type { NomadClient } from "../client.ts";
import { requests } from "../client/requests.ts";
import { tagsOf } from "../job/identity.ts";
import type { Scope } from "./scope.ts";

/** A job that Nomad has. */
export interface RegisteredJob extends NomadJob {
  readonly Stop?: boolean;
  readonly JobModifyIndex: number;
}

/** `undefined`: Nomad has none. */
export async function jobOf(client: NomadClient, id: string, call: Call): Promise<RegisteredJob | undefined> {
  try {
    return await client.json<RegisteredJob>(requests.job(id), call);
  } catch (error) {
    if (isProviderError(error, "NotFound")) return undefined;
    throw error;
  }
}

/** Whether a job is the pod's, by its own marks; its ID alone may be another's, too. */
export function isOf({ Meta }: RegisteredJob, { owner }: Pick<Scope, "owner">, pod: PodRef): boolean {
  return whatToDoWith(tagsOf(Meta ?? {}), owner, pod) === "adopt";
}
