import { type Pod, type ReplicaSet, resources, selects, type StoredObject } from "@virtual-kubelet/kubernetes";
import type { ObjectStorage } from "../../../storage/object-storage.ts";
import type { StorageEvent } from "../../../storage/watch-history.ts";
import { type Controller, changed, controllerOf, keyOf, nameOf } from "../../controller.ts";
import { recordEvent } from "../../record-event.ts";
import { claim, claimsOf } from "../claim.ts";
import { podFromTemplate } from "../pod-from-template.ts";
import { replicaSetPlan, replicaSetStatus } from "./replica-set-plan.ts";

const component = "replicaset-controller";

/** Keeps as many pods as each ReplicaSet asks for. */
export class ReplicaSetController implements Controller {
  readonly name = "replica-set";
  readonly #storage: ObjectStorage;

  constructor({ storage }: { readonly storage: ObjectStorage }) {
    this.#storage = storage;
  }

  *keysOf(event: StorageEvent): Iterable<string> {
    const replicaSet = changed(event, resources.replicaSets);
    if (replicaSet) yield keyOf(replicaSet.metadata);
    const pod = changed(event, resources.pods);
    if (!pod) return;
    for (const object of [pod, event.previous]) {
      const owner = object && controllerOf(object);
      if (owner?.kind === "ReplicaSet") yield keyOf({ namespace: pod.metadata.namespace, name: owner.name });
    }
    if (!controllerOf(pod)) yield* this.#selecting(pod);
  }

  reconcile(key: string): number | undefined {
    const found = this.#storage.get(resources.replicaSets, nameOf(key));
    if (!found) return undefined;
    let recheckMs: number | undefined;
    try {
      this.#act(found);
    } finally {
      recheckMs = this.#report(found);
    }
    return recheckMs;
  }

  #act(replicaSet: ReplicaSet): void {
    const plan = replicaSetPlan(replicaSet, this.#ownPods(replicaSet));
    for (const pod of plan.remove) this.#remove(replicaSet, pod);
    for (let created = 0; created < plan.create; created += 1) this.#create(replicaSet);
  }

  #ownPods(replicaSet: ReplicaSet): readonly Pod[] {
    const pods = this.#storage.list(resources.pods, { namespace: replicaSet.metadata.namespace });
    const claims = claimsOf(replicaSet, replicaSet.spec.selector, pods);
    return claim(this.#storage, resources.pods, { owner: replicaSet, claims });
  }

  #report(replicaSet: ReplicaSet): number | undefined {
    const { status, recheckMs } = replicaSetStatus(replicaSet, this.#ownPods(replicaSet), Date.now());
    this.#storage.update(resources.replicaSets, replicaSet.metadata, (current) => ({ ...current, status }));
    return recheckMs;
  }

  #create(replicaSet: ReplicaSet): void {
    try {
      const pod = this.#storage.create(resources.pods, podFromTemplate(replicaSet.spec.template ?? {}, replicaSet));
      this.#say(replicaSet, {
        type: "Normal",
        reason: "SuccessfulCreate",
        message: `Created pod: ${pod.metadata.name}`,
      });
    } catch (error) {
      this.#say(replicaSet, { type: "Warning", reason: "FailedCreate", message: `Error creating: ${String(error)}` });
      throw error;
    }
  }

  #remove(replicaSet: ReplicaSet, pod: Pod): void {
    this.#storage.delete(resources.pods, pod.metadata, { uid: pod.metadata.uid });
    this.#say(replicaSet, { type: "Normal", reason: "SuccessfulDelete", message: `Deleted pod: ${pod.metadata.name}` });
  }

  #say(
    about: StoredObject,
    record: { readonly type: "Normal" | "Warning"; readonly reason: string; readonly message: string },
  ): void {
    recordEvent(this.#storage, about, { component, ...record });
  }

  /** A pod without an owner may be adopted by whoever selects it. */
  *#selecting(pod: Pod): Iterable<string> {
    for (const replicaSet of this.#storage.list(resources.replicaSets, { namespace: pod.metadata.namespace })) {
      if (selects(replicaSet.spec.selector, pod.metadata.labels)) yield keyOf(replicaSet.metadata);
    }
  }
}
