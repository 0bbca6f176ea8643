import type { PodEvents } from "../events/pod-events.ts";
import type { NodeHealth } from "../node/node-health.ts";
import { BackendCapacity } from "./admission/backend-capacity.ts";
import { PodAdmission, type PodAdmissionOptions } from "./admission/pod-admission.ts";
import { type PodRecord, hasEnded, isTerminal } from "./pod-record.ts";
import { stateEvents } from "./state-events.ts";

export interface PodAccountsOptions extends PodAdmissionOptions {
  readonly health: NodeHealth;
  readonly events: PodEvents;
  /** Whether events are told of what the backend reports: a provider may do so itself. */
  readonly tells: boolean;
}

/** What each pod takes of the node, who waits for room, and what has been told of a pod. */
export class PodAccounts {
  readonly capacity: BackendCapacity;
  readonly #options: PodAccountsOptions;
  readonly #admission: PodAdmission;

  constructor(options: PodAccountsOptions) {
    this.#options = options;
    this.#admission = new PodAdmission(options);
    this.capacity = new BackendCapacity({ health: options.health, room: this.#admission.room });
  }

  /** The UIDs that wait for room here or for the node to be another, as it is shown now, and the next that waits for room in the backend. */
  waiting(): readonly string[] {
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
    this.#tell(record);
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

  #tell(record: PodRecord): void {
    const { pod, observed, ref, told, created } = record;
    if (!pod || observed.type !== "present" || !observed.state.status) return;
    const { status } = observed.state;
    const { events, tells } = this.#options;
    // What ran before this process began has been told by the one before it.
    const isNew = told !== undefined || created !== "no";
    if (isNew && tells && told !== status)
      for (const event of stateEvents(pod, told, status)) events.recordEvent(ref, event);
    record.told = status;
  }
}
