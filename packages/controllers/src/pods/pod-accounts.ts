import type { NodeHealth } from "../node/node-health.ts";
import { BackendCapacity } from "./admission/backend-capacity.ts";
import { PodAdmission, type PodAdmissionOptions } from "./admission/pod-admission.ts";
import { type PodRecord, hasEnded, isTerminal } from "./pod-record.ts";

export interface PodAccountsOptions extends PodAdmissionOptions {
  readonly health: NodeHealth;
}

/** What each pod takes of the node, and who waits for room. */
export class PodAccounts {
  readonly capacity: BackendCapacity;
  readonly #admission: PodAdmission;

  constructor(options: PodAccountsOptions) {
    this.#admission = new PodAdmission(options);
    this.capacity = new BackendCapacity({ health: options.health, room: this.#admission.room });
  }

  /**
   * Takes note of the node as it is shown now. Gives the UIDs that are to be looked at again: all that wait for room here or
   * for another node, and the next that waits for room in the backend.
   */
  reconsider(): readonly string[] {
    this.#admission.nodeChanged();
    this.capacity.changed();
    const { next } = this.capacity;
    return next === undefined ? [...this.#admission.turnedAway] : [...this.#admission.turnedAway, next];
  }

  /** Counts a pod that runs, whatever would be said of it if it were new. */
  count(record: PodRecord): void {
    this.#admission.count(record);
  }

  /** Decides whether the pod may run, once. */
  admit(record: PodRecord): void {
    this.#admission.decide(record);
    this.capacity.changed();
  }

  /** Notes what has become of the pod. Whether there is more room since, or there was more than was thought. */
  settle(record: PodRecord): boolean {
    const { pod, observed, objectGone, created, ref } = record;
    const hasFoundRoom = (observed.type === "present" || created === "yes") && this.capacity.settled(ref.uid);
    const isEnded = isTerminal(pod?.status?.phase) || (observed.type === "present" && hasEnded(observed.state));
    if (isEnded || (objectGone && observed.type === "absent")) return this.leave(record);
    if (record.admitted) this.#admission.count(record);
    return hasFoundRoom;
  }

  /** The pod takes nothing of the node any more. Whether there is more room since. */
  leave(record: PodRecord): boolean {
    this.capacity.settled(record.ref.uid);
    return this.#admission.leave(record);
  }
}
