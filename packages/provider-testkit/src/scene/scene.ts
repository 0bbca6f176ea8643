import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Container, Pod, PodSpec, PodStatus } from "@virtual-kubelet/kubernetes";
import type { PodRef, PodState, Provider } from "@virtual-kubelet/provider";
import type { ConformanceTarget } from "../conformance-target.ts";
import { LentObjects } from "../context/lent-objects.ts";
import type { FaultEnd, FaultMakers } from "../faults.ts";
import type { Timings } from "../timings.ts";
import type { Commands, Workload, WorkloadName, Workloads } from "../workloads.ts";
import { requireNotRefused } from "./check-skipped.ts";
import { Life, type WholeProvider } from "./life.ts";
import { hasEnded, isRunning } from "./status-facts.ts";
import { until, within } from "./within.ts";

export interface SceneOptions {
  readonly target: ConformanceTarget;
  readonly timings: Timings;
  readonly owner: Owner;
  readonly signal: AbortSignal;
}

export interface Owner {
  readonly clusterId: string;
  readonly nodeName: string;
}

/** Everything that a check can be made for: the makers are there when the check has said that it needs them. */
type Makers = { readonly [Name in WorkloadName]: Exclude<NonNullable<Workloads[Name]>, string> };

const namespace = "conformance";
let pods = 0;

/** What one check happens on: a node of its own, its provider, and the pods that it makes, which go with it. */
export class Scene implements AsyncDisposable {
  readonly timings: Timings;
  readonly signal: AbortSignal;
  readonly owner: Owner;
  readonly objects: LentObjects = new LentObjects();
  readonly #target: ConformanceTarget;
  readonly #made = new Map<string, { readonly pod: PodRef; readonly life: Life }>();
  readonly #faults: FaultEnd[] = [];
  readonly #lives = new Set<Life>();
  #life: Life | undefined;

  constructor({ target, timings, owner, signal }: SceneOptions) {
    this.#target = target;
    this.timings = timings;
    this.owner = owner;
    this.signal = signal;
  }

  /** Makes the provider of this node, or, with another owner, that of one beside it. */
  async live(owner: Owner = this.owner): Promise<Life> {
    const made = Promise.resolve(this.#target.create(this.objects.context(owner)));
    const provider = await within(made, this.timings.startMs, "The making of the provider");
    const life = new Life(provider, { timings: this.timings, signal: this.signal });
    this.#lives.add(life);
    if (owner === this.owner) this.#life = life;
    return life;
  }

  get life(): Life {
    if (!this.#life) throw new Error("The scene has no provider yet");
    return this.#life;
  }

  get provider(): WholeProvider {
    return this.life.provider;
  }

  /** Ends the provider, and makes the next on the same backend. */
  async restart(between: () => Promise<void> = async () => {}): Promise<void> {
    await this.end(this.life);
    await between();
    await this.live();
  }

  /** Takes over all pods that live, as a node does after a restart. */
  async adopt(...adopted: readonly Pod[]): Promise<void> {
    const canAdopt = (this.provider as Provider).adoptPod !== undefined;
    for (const pod of adopted) {
      const observed = await this.life.get(pod.metadata);
      if (!canAdopt || !observed || hasEnded(observed.status)) continue;
      await this.life.soon(() => this.provider.adoptPod(pod, { signal: this.signal, observed }), "adoptPod");
    }
  }

  async end(life: Life): Promise<void> {
    this.#lives.delete(life);
    await life[Symbol.asyncDispose]();
  }

  get workloads(): Makers {
    return this.#target.workloads as Makers;
  }

  get commands(): Commands {
    return this.#target.workloads.commands as Commands;
  }

  /** A pod whose container `main` does that. */
  pod(workload: Workload, spec: PodPart = {}): Pod {
    const { name = `conformance-${process.pid}-${++pods}`, init = {}, beside = {}, ...rest } = spec;
    const containers = { main: workload, ...beside };
    const initContainers = Object.entries(init).map(named);
    return {
      metadata: { namespace, name, uid: randomUUID() },
      spec: {
        restartPolicy: "Never",
        terminationGracePeriodSeconds: this.timings.graceSeconds,
        ...(initContainers.length > 0 ? { initContainers } : {}),
        containers: Object.entries(containers).map(named),
        ...rest,
      },
    };
  }

  async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.signal });
  }

  /** Hands a pod to the provider, unless its features refuse it. It is removed with the scene. */
  async create(pod: Pod, { revision = "v1:a", life = this.life, signal = this.signal }: Creating = {}): Promise<Pod> {
    requireNotRefused(life.provider, pod);
    this.objects.keep(pod);
    this.#made.set(pod.metadata.uid, { pod: pod.metadata, life });
    const call = { signal, revision };
    await within(
      this.attempt(() => life.provider.createPod(pod, call)),
      this.timings.startMs,
      "createPod",
    );
    return pod;
  }

  async attempt<T>(act: () => PromiseLike<T> | T): Promise<T> {
    return act();
  }

  async createRunning(workload: Workload, spec: PodPart = {}): Promise<Pod> {
    const pod = await this.create(this.pod(workload, spec));
    await this.untilRunning(pod);
    return pod;
  }

  async createEnded(workload: Workload, spec: PodPart = {}): Promise<Pod> {
    const pod = await this.create(this.pod(workload, spec));
    await this.untilEnded(pod);
    return pod;
  }

  async untilRunning(pod: Pod): Promise<PodStatus> {
    const status = await this.untilStatus(pod, (seen) => isRunning(seen) || hasEnded(seen), "a running pod");
    if (isRunning(status)) return status;
    const what = "its container, which was to run on, has ended by itself";
    throw new Error(`a running pod did not come: ${what}; seen last: ${JSON.stringify(status)}`);
  }

  async untilEnded(pod: Pod): Promise<PodStatus> {
    return this.untilStatus(pod, hasEnded, "the end of the pod");
  }

  async untilStatus(
    pod: Pod,
    is: (status: PodStatus) => boolean,
    waiting: string | { readonly what: string; readonly limitMs: number },
  ): Promise<PodStatus> {
    const { what, limitMs } = typeof waiting === "string" ? { what: waiting, limitMs: this.timings.startMs } : waiting;
    return until(
      async () => (await this.life.get(pod.metadata))?.status,
      (status): status is PodStatus => status !== undefined && is(status),
      { what, limitMs, lookMs: this.timings.lookMs, signal: this.signal },
    );
  }

  /** Asks for the end again and again until the pod is gone. */
  async remove(pod: Pod, life: Life = this.life): Promise<void> {
    await life.untilGone(pod.metadata, this.timings.startMs);
    this.#made.delete(pod.metadata.uid);
  }

  async state(pod: Pod): Promise<PodState> {
    const found = await this.life.get(pod.metadata);
    if (!found) throw new Error(`The provider knows nothing of pod ${pod.metadata.name}`);
    return found;
  }

  /** Begins a fault, which ends with the scene if not before. */
  async fault(begin: () => PromiseLike<FaultEnd> | FaultEnd): Promise<FaultEnd> {
    const fault = await begin();
    let ended: Promise<void> | undefined;
    const once = { end: () => (ended ??= this.attempt(() => fault.end())) };
    this.#faults.push(once);
    return once;
  }

  get faults(): FaultMakers {
    return this.#target.faults as FaultMakers;
  }

  /** What a backend keeps that hangs or refuses stays there: all else is removed. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const fault of this.#faults) await fault.end();
    const removals = [...this.#made.values()].map(async ({ pod, life }) => {
      const alive = this.#lives.has(life) ? life : this.#life;
      if (alive && this.#lives.has(alive)) await alive.untilGone(pod, this.timings.soonMs);
    });
    await Promise.allSettled(removals);
    await Promise.allSettled([...this.#lives].map((life) => this.end(life)));
  }
}

interface Creating {
  readonly revision?: string;
  readonly life?: Life;
  readonly signal?: AbortSignal;
}

interface PodPart extends Partial<PodSpec> {
  readonly name?: string;
  /** Init containers by name, in order. */
  readonly init?: Readonly<Record<string, Workload>>;
  /** Further containers by name. */
  readonly beside?: Readonly<Record<string, Workload>>;
}

function named([name, workload]: readonly [string, Workload]): Container {
  return { ...workload, name };
}
