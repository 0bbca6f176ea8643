import { createHash } from "node:crypto";
import {
  type OwnerTags,
  type PodOwner,
  type TagRules,
  backendName,
  decodeOwnerTags,
  encodeOwnerTags,
} from "@virtual-kubelet/pod-toolkit";
import type { PodRef, ProviderContext } from "@virtual-kubelet/provider";

/** What the meta of a job takes; its keys become parts of variables' names in tasks. */
const tagRules: TagRules = { prefix: "vk_", maxValueLength: 1024 };

/** A job's ID is part of the paths of its variables, which have at most 128 characters, and a container's name 63. */
const longestJobId = 49;

export function ownerOf({ clusterId, nodeName }: Pick<ProviderContext, "clusterId" | "nodeName">): PodOwner {
  return { clusterId, nodeName };
}

/** What the IDs of all jobs of this node start with, and of no other's: for `GET /v1/jobs?prefix=`. */
export function jobPrefixOf({ clusterId, nodeName }: PodOwner): string {
  const text = `${clusterId.length}:${clusterId}${nodeName}`;
  return `vk-${createHash("sha256").update(text).digest("hex").slice(0, 8)}-`;
}

/** The ID of a pod's job: the same for the same pod, another one for a namesake of another UID. */
export function jobIdOf(owner: PodOwner, pod: PodRef): string {
  return backendName(owner, pod, { maxLength: longestJobId, allowed: /[a-z0-9-]/, prefix: jobPrefixOf(owner) });
}

/** Where all variables of a job are, and none of another's. */
export function variablePrefixOf(jobId: string): string {
  return `nomad/jobs/${jobId}`;
}

export function ownerMeta(tags: OwnerTags): Readonly<Record<string, string>> {
  return encodeOwnerTags(tags, tagRules);
}

/** Whose a job is by its meta; `undefined`: not ours, or damaged. */
export function tagsOf(meta: Readonly<Record<string, string>>): OwnerTags | undefined {
  return decodeOwnerTags(meta, tagRules);
}
