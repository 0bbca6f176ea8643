import type { Node, Pod } from "@virtual-kubelet/kubernetes";
import type { PodFeatures } from "@virtual-kubelet/provider";
import type { PodEvents } from "../../events/pod-events.ts";
import { type PodRecord, hasEnded, hasStarted, isTerminal } from "../pod-record.ts";
import { changesBetween, revisionOf } from "../pod-revision.ts";
import { featureSupport } from "./feature-support.ts";
import { nodeMisfit } from "./node-misfit.ts";
import { NodeRoom } from "./node-room.ts";

/** What becomes of pods that the node does not take. */
export interface AdmissionPolicy {
  /**
   * `wait`: they stay Pending and say why, and are looked at again when there is room. `fail`: they fail, as with a kubelet,
   * and whoever made them makes them anew, perhaps without end.
   */
  readonly refusedPods?: "wait" | "fail" | undefined;
  /** Pods of DaemonSets: `run` them like others, `hold` them Pending, or `fail` them. */
  readonly daemonSetPods?: "run" | "hold" | "fail" | undefined;
}

export interface PodAdmissionOptions extends AdmissionPolicy {
  readonly features: PodFeatures | undefined;
  readonly events: PodEvents;
  /** The node as the cluster shows it; `undefined` as long as it does not. Absent: the node is not asked. */
  readonly node?: (() => Node | undefined) | undefined;
}

/**
 * Decides which pods are handed to the provider: once, before the first time. A pod that runs already is never turned away.
 * One that was for want of room is looked at again.
 */
export class PodAdmission {
  readonly #options: PodAdmissionOptions;
  readonly #room = new NodeRoom();
  readonly #turnedAway = new Set<string>();
  #node: Node | undefined;

  constructor(options: PodAdmissionOptions) {
    this.#options = options;
  }

  /** What is taken of the node. */
  get room(): NodeRoom {
    return this.#room;
  }

  /** The UIDs that wait for room, for another node, or for the node to be shown. */
  get turnedAway(): ReadonlySet<string> {
    return this.#turnedAway;
  }

  /** Keeps the node as it is shown now. One that somebody has deleted comes back as it was. */
  nodeChanged(): void {
    this.#node = this.#options.node?.() ?? this.#node;
  }

  /** Counts a pod that runs, whatever would be said of it if it were new. */
  count(record: PodRecord): void {
    const { pod, observed } = record;
    if (!pod || isOver(record)) return;
    if (this.#room.has(pod)) return;
    // More than the provider has given it, it does not take.
    if (this.#room.counts(pod.metadata.uid) && awaitsResources(record)) return;
    if (observed.type === "present" || hasStarted(pod) || record.admitted) this.#room.take(pod);
  }

  /** Whether there is more room since the pod is no longer counted. */
  leave({ ref: { uid } }: PodRecord): boolean {
    this.#turnedAway.delete(uid);
    return this.#room.leave(uid);
  }

  /** Notes in the record whether the pod may run, once the node is known. */
  decide(record: PodRecord): void {
    const { pod, observed, ref } = record;
    if (!pod || record.admitted) return;
    if (observed.type === "present" || hasStarted(pod) || isOver(record)) {
      record.admitted = true;
      delete record.refusal;
      this.#turnedAway.delete(ref.uid);
      this.count(record);
      return;
    }
    if (record.refusal?.isFinal) return;
    if (pod.metadata.deletionTimestamp) {
      // It never ran, and never will: it takes nothing of the node.
      delete record.refusal;
      this.#turnedAway.delete(ref.uid);
      return;
    }
    this.nodeChanged();
    if (this.#options.node && !this.#node) {
      this.#turnedAway.add(ref.uid);
      return;
    }
    const refusal = this.#refusalOf(pod, this.#node);
    if (refusal) this.#refuse(record, refusal);
    else {
      record.admitted = true;
      delete record.refusal;
      this.#turnedAway.delete(ref.uid);
      this.#room.take(pod);
    }
  }

  #refusalOf(pod: Pod, node: Node | undefined): PodRecord["refusal"] {
    const { features, events, refusedPods = "wait", daemonSetPods = "run" } = this.#options;
    const fails = refusedPods === "fail";
    if (daemonSetPods !== "run" && isOfDaemonSet(pod)) {
      const message = "This node takes no pods of DaemonSets";
      return { reason: "DaemonSetPod", message, fails: daemonSetPods === "fail", isFinal: true };
    }
    const { refused, ignored } = featureSupport(pod, features);
    if (refused.length > 0) return { reason: "Unsupported", message: refused.join("; "), fails, isFinal: true };
    const misfit = node && nodeMisfit(pod, node, this.#room);
    if (misfit) return { ...misfit, fails, isFinal: fails };
    for (const message of ignored)
      events.recordEvent(pod.metadata, { type: "Warning", reason: "FieldIgnored", message });
    return undefined;
  }

  #refuse(record: PodRecord, refusal: NonNullable<PodRecord["refusal"]>): void {
    // What is said of the same lack may differ each time somebody leaves: once is enough.
    const isNews = record.refusal?.reason !== refusal.reason;
    if (isNews) record.refusal = refusal;
    if (!refusal.isFinal) this.#turnedAway.add(record.ref.uid);
    const { reason, message } = refusal;
    if (isNews) this.#options.events.recordEvent(record.ref, { type: "Warning", reason, message });
  }
}

function isOfDaemonSet({ metadata: { ownerReferences = [] } }: Pod): boolean {
  return ownerReferences.some(({ kind, controller }) => kind === "DaemonSet" && controller);
}

/** Whether the backend has the pod with other resources than the cluster wants. */
function awaitsResources(record: PodRecord): boolean {
  if (record.observed.type !== "present") return false;
  return changesBetween(record.observed.state.revision, revisionOf(record)).includes("resources");
}

function isOver({ pod, observed }: PodRecord): boolean {
  return isTerminal(pod?.status?.phase) || (observed.type === "present" && hasEnded(observed.state));
}
