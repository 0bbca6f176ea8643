import { type Node, type Pod, resources } from "@virtual-kubelet/kubernetes";
import { timestamp } from "../../storage/deletion.ts";
import type { ObjectStorage } from "../../storage/object-storage.ts";
import type { StorageEvent } from "../../storage/watch-history.ts";
import { type Controller, changed } from "../controller.ts";
import { isReady, isTerminal, withPodCondition } from "../pod-readiness.ts";
import { recordEvent } from "../record-event.ts";
import { desiredTaints } from "./condition-taints.ts";
import { type Heartbeat, heartbeatOf, unknownConditions } from "./node-health.ts";

const leaseNamespace = "kube-node-lease";

export interface NodeLifecycleOptions {
  readonly storage: ObjectStorage;
  /** How long a node may be silent before it counts as lost. */
  readonly graceMs: number;
}

/** Declares silent nodes unknown, and keeps the taints that follow from the conditions of nodes. */
export class NodeLifecycle implements Controller {
  readonly name = "node-lifecycle";
  readonly #storage: ObjectStorage;
  readonly #graceMs: number;
  readonly #heartbeats = new Map<string, Heartbeat>();

  constructor({ storage, graceMs }: NodeLifecycleOptions) {
    this.#storage = storage;
    this.#graceMs = graceMs;
  }

  *keysOf(event: StorageEvent): Iterable<string> {
    const node = changed(event, resources.nodes);
    if (node) yield node.metadata.name;
    const lease = changed(event, resources.leases);
    if (lease?.metadata.namespace === leaseNamespace) yield lease.metadata.name;
  }

  reconcile(name: string): number | undefined {
    const node = this.#storage.get(resources.nodes, { name });
    if (!node) {
      this.#heartbeats.delete(name);
      return undefined;
    }
    const remainingMs = this.#remainingMs(node);
    const now = timestamp(new Date());
    const seen = remainingMs > 0 ? node : this.#declareUnknown(node, now);
    const updated = this.#storage.update(resources.nodes, seen.metadata, (current) => {
      const taints = desiredTaints(current, now);
      const { taints: had, ...spec } = current.spec;
      return taints.length === 0 && !had
        ? current
        : { ...current, spec: { ...spec, ...(taints.length > 0 ? { taints } : {}) } };
    });
    if (isLost(updated)) this.#markPodsNotReady(updated);
    return remainingMs > 0 ? remainingMs : undefined;
  }

  #remainingMs(node: Node): number {
    const { name } = node.metadata;
    const lease = this.#storage.get(resources.leases, { namespace: leaseNamespace, name });
    const nowMs = Date.now();
    const heartbeat = heartbeatOf(node, lease, { previous: this.#heartbeats.get(name), nowMs });
    this.#heartbeats.set(name, heartbeat);
    return heartbeat.seenAtMs + this.#graceMs - nowMs;
  }

  #declareUnknown(node: Node, now: string): Node {
    return this.#storage.update(resources.nodes, node.metadata, (current) => ({
      ...current,
      status: { ...current.status, conditions: unknownConditions(current, now) },
    }));
  }

  /** Nobody can vouch for the pods of a lost node. Its kubelet says so again when it is back. */
  #markPodsNotReady(node: Node): void {
    for (const pod of this.#storage.list(resources.pods)) {
      if (pod.spec.nodeName !== node.metadata.name || isTerminal(pod) || !isReady(pod)) continue;
      this.#storage.update(resources.pods, pod.metadata, notReady);
      const message = "Node is not ready";
      recordEvent(this.#storage, pod, {
        component: "node-controller",
        type: "Warning",
        reason: "NodeNotReady",
        message,
      });
    }
  }
}

function isLost(node: Node): boolean {
  return node.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "Unknown") ?? false;
}

function notReady(pod: Pod): Pod {
  const ready = pod.status?.conditions?.find(({ type }) => type === "Ready");
  return withPodCondition(pod, { ...ready, type: "Ready", status: "False" });
}
