import { resources } from "@virtual-kubelet/kubernetes";
import type { ObjectStorage } from "../storage/object-storage.ts";
import type { StorageEvent } from "../storage/watch-history.ts";
import { seedCluster } from "./cluster/cluster-seed.ts";
import { GarbageCollector } from "./cluster/garbage-collector.ts";
import { NamespaceController } from "./cluster/namespace-controller.ts";
import { type Controller, allResources } from "./controller.ts";
import { KeyedQueue } from "./keyed-queue.ts";
import { NodeLifecycle } from "./nodes/node-lifecycle.ts";
import { PodCollector } from "./nodes/pod-collector.ts";
import { TaintEviction } from "./nodes/taint-eviction.ts";
import { Scheduler } from "./scheduler/scheduler.ts";
import { DeploymentController } from "./workloads/deployments/deployment-controller.ts";
import { JobController } from "./workloads/jobs/job-controller.ts";
import { ReplicaSetController } from "./workloads/replica-sets/replica-set-controller.ts";

/** Times that tests shorten. The defaults are those of a real cluster. */
export interface ControllerTiming {
  /** How long a node may be silent before it counts as lost. Default 40,000. */
  readonly nodeGraceMs?: number;
  /** How long the pods of a missing node are kept. Default 40,000. */
  readonly missingNodeMs?: number;
  /** The wait after the first failed pod of a Job; it doubles with each. Default 10,000. */
  readonly jobRetryMs?: number;
}

export interface ClusterControllersOptions {
  readonly storage: ObjectStorage;
  /** PEM, for ConfigMap `kube-root-ca.crt` of each namespace. */
  readonly certificateAuthority?: string;
  readonly timing?: ControllerTiming;
  readonly logger?: { warn(fields: object, message: string): void };
}

const firstRetryMs = 100;
const longestRetryMs = 30_000;

/**
 * Everything that a control plane does beside serving requests: schedules pods, runs Deployments, ReplicaSets and Jobs, collects garbage, keeps
 * namespaces, and watches over nodes. What fails for one object is logged and tried again, ever later, and disturbs no other.
 */
export class ClusterControllers {
  readonly #storage: ObjectStorage;
  readonly #logger: ClusterControllersOptions["logger"];
  readonly #namespaces: NamespaceController;
  readonly #controllers: ReadonlyMap<string, Controller>;
  readonly #failures = new Map<string, number>();

  constructor({ storage, certificateAuthority = "", timing = {}, logger }: ClusterControllersOptions) {
    this.#storage = storage;
    this.#logger = logger;
    this.#namespaces = new NamespaceController({ storage, certificateAuthority });
    const controllers: readonly Controller[] = [
      this.#namespaces,
      new GarbageCollector({ storage }),
      new NodeLifecycle({ storage, graceMs: timing.nodeGraceMs ?? 40_000 }),
      new TaintEviction({ storage }),
      new PodCollector({ storage, missingNodeMs: timing.missingNodeMs ?? 40_000 }),
      new Scheduler({ storage }),
      new DeploymentController({ storage }),
      new ReplicaSetController({ storage }),
      new JobController({ storage, firstDelayMs: timing.jobRetryMs ?? 10_000 }),
    ];
    this.#controllers = new Map(controllers.map((controller) => [controller.name, controller]));
  }

  /** Runs until aborted. What every cluster has from the start is stored before this returns its promise. */
  async run({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    seedCluster(this.#storage);
    for (const { metadata } of this.#storage.list(resources.namespaces)) this.#namespaces.furnish(metadata.name);
    const queue = new KeyedQueue();
    await Promise.all([this.#follow(queue, signal), this.#work(queue, signal)]);
  }

  /** Queues what each change concerns; first of all, everything that is there. */
  async #follow(queue: KeyedQueue, signal: AbortSignal): Promise<void> {
    const changes = this.#storage.watch({ signal });
    for (const resource of allResources) {
      for (const object of this.#storage.list(resource)) this.#notice(queue, { type: "ADDED", resource, object });
    }
    for await (const change of changes) this.#notice(queue, change);
  }

  #notice(queue: KeyedQueue, change: StorageEvent): void {
    for (const controller of this.#controllers.values()) {
      try {
        for (const key of controller.keysOf(change)) queue.add(`${controller.name}:${key}`);
      } catch (error) {
        const { name, namespace } = change.object.metadata;
        const fields = { controller: controller.name, kind: change.resource.kind, namespace, name, error };
        this.#logger?.warn(fields, "A controller failed to look at a change");
      }
    }
  }

  async #work(queue: KeyedQueue, signal: AbortSignal): Promise<void> {
    for await (const id of queue.take({ signal })) queue.addLater(id, this.#reconcile(id));
  }

  /** Returns when to look at the same key again, if at all. */
  #reconcile(id: string): number | undefined {
    const colon = id.indexOf(":");
    const controller = id.slice(0, colon);
    const key = id.slice(colon + 1);
    try {
      const recheckMs = this.#controllers.get(controller)?.reconcile(key);
      this.#failures.delete(id);
      return recheckMs;
    } catch (error) {
      const failures = this.#failures.get(id) ?? 0;
      this.#failures.set(id, failures + 1);
      const retryMs = Math.min(firstRetryMs * 2 ** failures, longestRetryMs);
      this.#logger?.warn({ controller, key, retryMs, error }, "A controller failed and will try again");
      return retryMs;
    }
  }
}
