import { createHash } from "node:crypto";
import type { PodRef, ProviderContext } from "@virtual-kubelet/provider";

/** Whose a job is: the node of one cluster. */
export interface PodOwner {
  readonly clusterId: string;
  readonly nodeName: string;
}

export interface OwnerTags {
  readonly owner: PodOwner;
  readonly pod: PodRef;
  readonly revision?: string;
}

export function ownerOf({ clusterId, nodeName }: Pick<ProviderContext, "clusterId" | "nodeName">): PodOwner {
  return { clusterId, nodeName };
}

/** What the IDs of all jobs of this node start with, and of no other's: for `GET /v1/jobs?prefix=`. */
export function jobPrefixOf(owner: PodOwner): string {
  return `vk-${createHash("sha256").update(`${owner.clusterId.length}|${owner.clusterId}|${owner.nodeName}`).digest("hex").slice(0, 8)}-`;
}

/** The ID of a pod's job: the same for the same pod, another one for a namesake of another UID. */
export function jobIdOf(owner: PodOwner, pod: PodRef): string {
  throw new Error(`not yet: ${jobPrefixOf(owner)} ${pod.uid}`);
}

/** Where all variables of a job are, and none of another's. */
export function variablePrefixOf(jobId: string): string {
  return `nomad/jobs/${jobId}`;
}

/** Whose a job is by its meta; `undefined`: not ours, or damaged. */
export function tagsOf(meta: Readonly<Record<string, string>>): OwnerTags | undefined {
  throw new Error(`not yet: ${Object.keys(meta).join()}`);
}
