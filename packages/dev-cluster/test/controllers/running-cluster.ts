import {
  type Job,
  type Node,
  type NodeSpec,
  type ObjectName,
  type Pod,
  type PodTemplateSpec,
  resources,
} from "@virtual-kubelet/kubernetes";
import { ClusterControllers, type ControllerTiming } from "../../src/controllers/cluster-controllers.ts";
import { isTerminal, withPodCondition } from "../../src/controllers/pod-readiness.ts";
import { ObjectStorage } from "../../src/storage/object-storage.ts";

export const image = "example.com/app:1";

export const template = (labels: Record<string, string> = { app: "web" }, tag = image): PodTemplateSpec => ({
  metadata: { labels },
  spec: { containers: [{ name: "app", image: tag }] },
});

/** Storage with running controllers, and nodes that do at once what kubelets do over time. */
export class RunningCluster implements AsyncDisposable {
  readonly storage = new ObjectStorage();
  readonly warnings: object[] = [];
  readonly #end = new AbortController();
  readonly #running: Promise<unknown>;
  /** What becomes of a pod that reaches its node. */
  readonly #outcome: (pod: Pod) => "Ready" | "Running" | "Succeeded" | "Failed";

  constructor(
    options: {
      readonly timing?: ControllerTiming;
      readonly outcome?: (pod: Pod) => "Ready" | "Running" | "Succeeded" | "Failed";
    } = {},
  ) {
    this.#outcome = options.outcome ?? (() => "Ready");
    const controllers = new ClusterControllers({
      storage: this.storage,
      certificateAuthority: "PEM",
      timing: options.timing ?? {},
      logger: { warn: (fields) => void this.warnings.push(fields) },
    });
    this.#running = Promise.all([controllers.run({ signal: this.#end.signal }), this.#actAsNodes()]);
  }

  addNode(name: string, spec: NodeSpec = {}): Node {
    return this.storage.create(resources.nodes, {
      metadata: { name },
      spec,
      status: {
        allocatable: { cpu: "4", memory: "8Gi", pods: "20" },
        conditions: [{ type: "Ready", status: "True" }],
      },
    });
  }

  addJob(name: string, spec: Partial<Job["spec"]> = {}): Job {
    const pod = { spec: { containers: [{ name: "app", image }], restartPolicy: "Never" } };
    return this.storage.create(resources.jobs, {
      metadata: { name, namespace: "default" },
      spec: { template: pod, ...spec },
    });
  }

  pods(): readonly Pod[] {
    return this.storage.list(resources.pods);
  }

  events(reason: string): readonly string[] {
    const all = this.storage.list(resources.events).filter((event) => event.reason === reason);
    return all.map(({ message = "" }) => message);
  }

  /** Resolves to what `look` finds as soon as it finds something; looks after each change. */
  async until<T>(look: () => T | undefined | false): Promise<T> {
    const timeout = AbortSignal.timeout(5000);
    const changes = this.storage.watch({ signal: timeout });
    const first = look();
    if (first) return first;
    for await (const _ of changes) {
      const found = look();
      if (found) return found;
    }
    const pods = this.pods().map(({ metadata, status }) => `${metadata.name} ${status?.phase}`);
    throw new Error(`It did not happen within 5 s: ${String(look)}; pods: ${pods.join(", ")}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#running;
  }

  async #actAsNodes(): Promise<void> {
    for await (const { object } of this.storage.watch({ signal: this.#end.signal, resource: resources.pods })) {
      const pod = this.storage.get(resources.pods, object.metadata);
      const node = pod?.spec.nodeName && this.storage.get(resources.nodes, { name: pod.spec.nodeName });
      if (!pod || !node || pod.metadata.annotations?.["test/ignored"]) continue;
      const name: ObjectName = pod.metadata;
      if (pod.metadata.deletionTimestamp !== undefined) {
        this.storage.delete(resources.pods, name, { gracePeriodSeconds: 0 });
      } else if (pod.status?.phase === "Pending" && !isTerminal(pod)) {
        const outcome = this.#outcome(pod);
        const phase = outcome === "Ready" ? "Running" : outcome;
        const ready = { type: "Ready", status: outcome === "Ready" ? "True" : "False" };
        this.storage.update(resources.pods, name, (current) => ({
          ...withPodCondition(current, ready),
          status: { ...withPodCondition(current, ready).status, phase },
        }));
      }
    }
  }
}
