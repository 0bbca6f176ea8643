import { type Call, isProviderError } from "@virtual-kubelet/provider";
import type { NomadJob } from "../api/job.ts";
import type { NomadClient } from "../client.ts";
import { requests } from "../client/requests.ts";

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
