import type { PodStatus } from "@virtual-kubelet/kubernetes";
import type { PodState } from "@virtual-kubelet/provider";
import { type NomadPod, podFromJob } from "../pod-from-job.ts";

/** What was last said of each job's pod, so that what is said next agrees with it: times stay as they were, and the unknown undoes nothing. */
export class PodStates {
  readonly #last = new Map<string, PodStatus>();

  /** `undefined`: not ours. */
  of(found: NomadPod): PodState | undefined {
    const previous = this.#last.get(found.id);
    const state = podFromJob(found, previous ? { previous } : {});
    if (state?.status) this.#last.set(found.id, state.status);
    return state;
  }

  forget(jobId: string): void {
    this.#last.delete(jobId);
  }
}
