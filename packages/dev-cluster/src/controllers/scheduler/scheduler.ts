import { type Pod, resources } from "@virtual-kubelet/kubernetes";
import type { ObjectStorage } from "../../storage/object-storage.ts";
import type { StorageEvent } from "../../storage/watch-history.ts";
import { type Controller, changed } from "../controller.ts";
import { isTerminal, podCondition, withPodCondition } from "../pod-readiness.ts";
import { recordEvent } from "../record-event.ts";
import { fit, nodeLoads, placeOn } from "./fit.ts";

const component = "default-scheduler";

/** Gives pods their nodes. All that wait are looked at together, whenever one comes, a node changes or room is made. */
export class Scheduler implements Controller {
  readonly name = "scheduler";
  readonly #storage: ObjectStorage;

  constructor({ storage }: { readonly storage: ObjectStorage }) {
    this.#storage = storage;
  }

  *keysOf(event: StorageEvent): Iterable<string> {
    const pod = changed(event, resources.pods);
    if (pod && (waits(pod) || event.type === "DELETED" || isTerminal(pod))) yield "";
    if (changed(event, resources.nodes)) yield "";
  }

  reconcile(): undefined {
    const pods = this.#storage.list(resources.pods);
    const waiting = pods.filter(waits);
    if (waiting.length === 0) return;
    const bound = pods.filter((pod) => pod.spec.nodeName && !isTerminal(pod));
    const nodes = this.#storage.list(resources.nodes).filter((node) => node.metadata.deletionTimestamp === undefined);
    const loads = nodeLoads(nodes, bound);
    for (const pod of waiting.toSorted((a, b) => (b.spec.priority ?? 0) - (a.spec.priority ?? 0))) {
      const result = fit(pod, loads);
      if ("message" in result) {
        this.#refuse(pod, result.message);
        continue;
      }
      const load = loads.find(({ node }) => node.metadata.name === result.node);
      if (load) placeOn(load, this.#bind(pod, result.node));
    }
  }

  #bind(pod: Pod, nodeName: string): Pod {
    const { namespace, name } = pod.metadata;
    const bound = this.#storage.update(resources.pods, pod.metadata, (current) =>
      withPodCondition({ ...current, spec: { ...current.spec, nodeName } }, { type: "PodScheduled", status: "True" }),
    );
    const message = `Successfully assigned ${namespace}/${name} to ${nodeName}`;
    recordEvent(this.#storage, bound, { component, type: "Normal", reason: "Scheduled", message });
    return bound;
  }

  /** Says why the pod waits, once for each reason. */
  #refuse(pod: Pod, message: string): void {
    if (podCondition(pod, "PodScheduled")?.message === message) return;
    const condition = { type: "PodScheduled", status: "False", reason: "Unschedulable", message };
    this.#storage.update(resources.pods, pod.metadata, (current) => withPodCondition(current, condition));
    recordEvent(this.#storage, pod, { component, type: "Warning", reason: "FailedScheduling", message });
  }
}

function waits(pod: Pod): boolean {
  const { nodeName, schedulerName = component, schedulingGates = [] } = pod.spec;
  const free = !nodeName && schedulingGates.length === 0 && pod.metadata.deletionTimestamp === undefined;
  return free && schedulerName === component && !isTerminal(pod);
}
