import { type Pod, resources } from "@virtual-kubelet/kubernetes";
import type { ObjectStorage } from "../../storage/object-storage.ts";
import type { StorageEvent } from "../../storage/watch-history.ts";
import { type Controller, changed } from "../controller.ts";
import { isTerminal, withPodCondition } from "../pod-readiness.ts";

export interface PodCollectorOptions {
  readonly storage: ObjectStorage;
  /** How long a node may be missing before its pods are removed: it may be registering again. */
  readonly missingNodeMs: number;
}

/** Removes the pods of nodes that are gone: nobody else will ever report their end (controller-manager, `podgc`). */
export class PodCollector implements Controller {
  readonly name = "pod-collector";
  readonly #storage: ObjectStorage;
  readonly #missingNodeMs: number;
  readonly #missingSince = new Map<string, number>();

  constructor({ storage, missingNodeMs }: PodCollectorOptions) {
    this.#storage = storage;
    this.#missingNodeMs = missingNodeMs;
  }

  *keysOf(event: StorageEvent): Iterable<string> {
    const node = changed(event, resources.nodes);
    if (node) yield node.metadata.name;
    const pod = changed(event, resources.pods);
    if (pod?.spec.nodeName) yield pod.spec.nodeName;
  }

  reconcile(name: string): number | undefined {
    const pods = this.#storage.get(resources.nodes, { name }) ? [] : this.#podsOf(name);
    if (pods.length === 0) {
      this.#missingSince.delete(name);
      return undefined;
    }
    const sinceMs = this.#missingSince.get(name) ?? Date.now();
    this.#missingSince.set(name, sinceMs);
    const remainingMs = sinceMs + this.#missingNodeMs - Date.now();
    if (remainingMs > 0) return remainingMs;
    for (const pod of pods) this.#remove(pod);
    return undefined;
  }

  #podsOf(nodeName: string): readonly Pod[] {
    return this.#storage.list(resources.pods).filter((pod) => pod.spec.nodeName === nodeName);
  }

  /** A pod that still ran counts as failed, so that a Job learns of it. */
  #remove(pod: Pod): void {
    const condition = {
      type: "DisruptionTarget",
      status: "True",
      reason: "DeletionByPodGC",
      message: "PodGC: node no longer exists",
    };
    this.#storage.update(resources.pods, pod.metadata, (current) => {
      if (isTerminal(current)) return current;
      const disrupted = withPodCondition(current, condition);
      return { ...disrupted, status: { ...disrupted.status, phase: "Failed" } };
    });
    this.#storage.delete(resources.pods, pod.metadata, { gracePeriodSeconds: 0, uid: pod.metadata.uid });
  }
}
