import { setTimeout as sleep } from "node:timers/promises";
import { type KubernetesClient, isKubernetesError, resources } from "@virtual-kubelet/kubernetes";
import type { Logger } from "@virtual-kubelet/provider";
import { publish } from "../diagnostics.ts";
import { microTime } from "../leadership/lease-record.ts";

export interface NodeLeaseOptions {
  readonly client: KubernetesClient;
  readonly nodeName: string;
  readonly logger: Logger;
  /** The UID of the node's object: the lease goes with it. */
  nodeUid(): string | undefined;
}

const leaseNamespace = "kube-node-lease";
const leaseDurationSeconds = 40;
const renewEveryMs = 10_000;
/** How long one attempt may take: several fit into the lease's duration. */
const timeoutMs = 8_000;
const retryMs = 2_000;

/**
 * Tells the cluster every ten seconds that the agent lives. It says nothing of the backend: an outage there must not get
 * the pods evicted.
 *
 * @see https://kubernetes.io/docs/concepts/architecture/leases/#node-heart-beats
 */
export class NodeLease {
  readonly #options: NodeLeaseOptions;
  #last: { readonly timeMs: number; readonly atMs: number } = { timeMs: 0, atMs: 0 };

  constructor(options: NodeLeaseOptions) {
    this.#options = options;
  }

  /** Renews until aborted, by a clock that nobody sets; failures are logged and tried again within the lease's duration. */
  async run({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    const { nodeName: node } = this.#options;
    while (!signal.aborted) {
      const startedAt = performance.now();
      const isRenewed = await this.#isRenewed(signal);
      // From the start of one to the start of the next: an answer that takes its time puts nothing off.
      const dueMs = startedAt + renewEveryMs * (0.96 + 0.04 * Math.random());
      const pauseMs = isRenewed ? Math.max(dueMs - performance.now(), 0) : retryMs;
      await sleep(pauseMs, undefined, { signal }).catch(() => {});
    }
    publish("virtual-kubelet:lease", () => ({ node, event: "ended" }));
  }

  async #isRenewed(signal: AbortSignal): Promise<boolean> {
    const { logger, nodeName: node } = this.#options;
    const startedAt = performance.now();
    let event: "renewed" | "failed" = "failed";
    try {
      await this.#renew(signal);
      event = "renewed";
    } catch (error) {
      if (signal.aborted) return false;
      logger.warn({ err: error }, "the node's lease could not be renewed");
    }
    publish("virtual-kubelet:lease", () => ({ node, event, durationMs: performance.now() - startedAt }));
    return event === "renewed";
  }

  async #renew(signal: AbortSignal): Promise<void> {
    const { client, nodeName } = this.#options;
    const name = { namespace: leaseNamespace, name: nodeName };
    const body = { metadata: { ownerReferences: this.#owners() }, spec: this.#spec() };
    const options = { signal, timeoutMs };
    try {
      await client.patch(resources.leases, name, { ...options, patch: { type: "merge", body } });
    } catch (error) {
      if (!isKubernetesError(error, "NotFound")) throw error;
      await client.create(resources.leases, { ...body, metadata: { ...body.metadata, ...name } }, options);
    }
  }

  #owners() {
    const { nodeName } = this.#options;
    const uid = this.#options.nodeUid();
    return uid ? [{ apiVersion: "v1", kind: "Node", name: nodeName, uid }] : [];
  }

  #spec() {
    const renewTime = microTime(new Date(this.#nowMs()));
    return { holderIdentity: this.#options.nodeName, leaseDurationSeconds, renewTime };
  }

  /**
   * The time of the host, which goes on when that is set back: for the control plane only a later time is a renewal.
   *
   * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/nodelifecycle/node_lifecycle_controller.go (`updateNodeHealth`)
   */
  #nowMs(): number {
    const atMs = performance.now();
    const { timeMs, atMs: lastAtMs } = this.#last;
    this.#last = { timeMs: Math.max(Date.now(), timeMs + (atMs - lastAtMs)), atMs };
    return this.#last.timeMs;
  }
}
