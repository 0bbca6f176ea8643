import type { PodStatus } from "@virtual-kubelet/kubernetes";
import { type PodOwner, claimOf } from "@virtual-kubelet/pod-toolkit";
import type { PodState } from "@virtual-kubelet/provider";
import { jobIdOf, tagsOf } from "../job/identity.ts";
import { type NomadPod, podFromJob } from "../pod-from-job.ts";

/** What was last said of each job's pod, so that what is said next agrees with it: times stay as they were, and the unknown undoes nothing. */
export class PodStates {
  readonly #owner: PodOwner;
  readonly #last = new Map<string, PodStatus>();

  constructor(owner: PodOwner) {
    this.#owner = owner;
  }

  /** `undefined`: not ours, or a copy of ours that has another ID. */
  of(found: NomadPod): PodState | undefined {
    const tags = tagsOf(found.meta);
    if (!tags || claimOf(tags, this.#owner) !== "own" || jobIdOf(this.#owner, tags.pod) !== found.id) return undefined;
    const previous = this.#last.get(found.id);
    const state = podFromJob(found, previous ? { previous } : {});
    if (state?.status) this.#last.set(found.id, state.status);
    return state;
  }

  forget(jobId: string): void {
    this.#last.delete(jobId);
  }
}
