import { whatToDoWith } from "@virtual-kubelet/pod-toolkit";
import { type Call, type PodRef, ProviderError, isProviderError } from "@virtual-kubelet/provider";
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

/** `undefined`: Nomad says that it has none. That something on the way knows none is `Unavailable`: no pod is gone because of it. */
export async function jobOf(client: NomadClient, id: string, call: Call): Promise<RegisteredJob | undefined> {
  try {
    return await client.json<RegisteredJob>(requests.job(id), call);
  } catch (error) {
    if (!isProviderError(error, "NotFound")) throw error;
    if (/job not found/i.test(error.message)) return undefined;
    throw new ProviderError("Unavailable", error.message, { cause: error });
  }
}

/** Whether a job is the pod's, by its own marks; its ID alone may be another's, too. */
export function isOf({ Meta }: RegisteredJob, { owner }: Pick<Scope, "owner">, pod: PodRef): boolean {
  return whatToDoWith(tagsOf(Meta ?? {}), owner, pod) === "adopt";
}
