import { type Node, type Pod, type Taint, resources, toleratedSeconds } from "@virtual-kubelet/kubernetes";
import type { ObjectStorage } from "../../storage/object-storage.ts";
import type { StorageEvent } from "../../storage/watch-history.ts";
import { type Controller, changed } from "../controller.ts";
import { isActive, withPodCondition } from "../pod-readiness.ts";
import { recordEvent } from "../record-event.ts";

const component = "taint-eviction-controller";

/** Deletes pods from nodes with `NoExecute` taints: at once, or when the time is over that they tolerate. */
export class TaintEviction implements Controller {
  readonly name = "taint-eviction";
  readonly #storage: ObjectStorage;
  /** Node → taint → when it was first seen, for taints that do not say it. */
  readonly #seen = new Map<string, Map<string, number>>();

  constructor({ storage }: { readonly storage: ObjectStorage }) {
    this.#storage = storage;
  }

  *keysOf(event: StorageEvent): Iterable<string> {
    const node = changed(event, resources.nodes);
    if (node) yield node.metadata.name;
    const pod = changed(event, resources.pods);
    if (pod?.spec.nodeName && event.type !== "DELETED") yield pod.spec.nodeName;
  }

  reconcile(name: string): number | undefined {
    const node = this.#storage.get(resources.nodes, { name });
    const taints = node?.spec.taints?.filter(({ effect }) => effect === "NoExecute") ?? [];
    if (!node || taints.length === 0) {
      this.#seen.delete(name);
      return undefined;
    }
    const since = this.#sinceOf(node, taints);
    const nowMs = Date.now();
    let next: number | undefined;
    for (const pod of this.#storage.list(resources.pods)) {
      if (pod.spec.nodeName !== name || !isActive(pod)) continue;
      const dueMs = evictionTime(pod, since);
      if (dueMs === undefined) continue;
      if (dueMs <= nowMs) this.#evict(pod);
      else next = Math.min(next ?? Number.POSITIVE_INFINITY, dueMs - nowMs);
    }
    return next;
  }

  #sinceOf(node: Node, taints: readonly Taint[]): ReadonlyMap<Taint, number> {
    const before = this.#seen.get(node.metadata.name);
    const seen = new Map(taints.map((taint) => [`${taint.key}=${taint.value ?? ""}`, Date.now()]));
    for (const key of seen.keys()) seen.set(key, before?.get(key) ?? Date.now());
    this.#seen.set(node.metadata.name, seen);
    const sinceOf = (taint: Taint): number =>
      Date.parse(taint.timeAdded ?? "") || (seen.get(`${taint.key}=${taint.value ?? ""}`) ?? 0);
    return new Map(taints.map((taint) => [taint, sinceOf(taint)]));
  }

  #evict(pod: Pod): void {
    const { namespace, name } = pod.metadata;
    const message = "Taint manager: deleting due to NoExecute taint";
    const condition = { type: "DisruptionTarget", status: "True", reason: "DeletionByTaintManager", message };
    this.#storage.update(resources.pods, pod.metadata, (current) => withPodCondition(current, condition));
    this.#storage.delete(resources.pods, pod.metadata, { uid: pod.metadata.uid });
    const words = `Marking for deletion Pod ${namespace}/${name}`;
    recordEvent(this.#storage, pod, { component, type: "Normal", reason: "TaintManagerEviction", message: words });
  }
}

/** When a pod has to leave because of taints that are there since the given times; undefined for never. */
export function evictionTime(pod: Pod, since: ReadonlyMap<Taint, number>): number | undefined {
  const limits = [...since].flatMap(([taint, sinceMs]) => {
    const seconds = toleratedSeconds(taint, pod.spec.tolerations);
    return seconds === undefined ? [] : [sinceMs + seconds * 1000];
  });
  return limits.length === 0 ? undefined : Math.min(...limits);
}
