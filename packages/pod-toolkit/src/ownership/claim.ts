import type { PodRef } from "@virtual-kubelet/provider";
import type { OwnerTags, PodOwner } from "./pod-owner.ts";

/**
 * Whose something in a backend is, by its tags: this node's, another's, or nobody's that is known. A list gives what is `own`
 * and leaves the rest alone.
 */
export function claimOf(tags: OwnerTags | undefined, owner: PodOwner): "own" | "foreign" | "unmarked" {
  if (!tags) return "unmarked";
  const isOwn = tags.owner.clusterId === owner.clusterId && tags.owner.nodeName === owner.nodeName;
  return isOwn ? "own" : "foreign";
}

/**
 * What a creation is to do with something that has the backend's name of its pod already. `adopt`: it is this very pod, and
 * there is nothing to be made. `wait`: it is another pod of this node, of the same name say and about to go; throw `Conflict`, and the
 * node tries again. `foreign`: it is somebody else's, or bears no marks; leave it alone, and throw `Conflict` with what it is.
 */
export function whatToDoWith(found: OwnerTags | undefined, owner: PodOwner, pod: PodRef): "adopt" | "wait" | "foreign" {
  if (!found || claimOf(found, owner) !== "own") return "foreign";
  return found.pod.uid === pod.uid ? "adopt" : "wait";
}
