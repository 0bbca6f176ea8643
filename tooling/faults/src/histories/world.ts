import { setTimeout as sleep } from "node:timers/promises";
import { isKubernetesError, type Pod, resources } from "@virtual-kubelet/kubernetes";
import type { ApiProxy } from "../api/api-proxy.ts";
import type { BackendFault } from "../backend/backend-faults.ts";
import { doubledStarts } from "../backend/work-log.ts";
import { Bench, type BenchNode } from "../bench.ts";
import { PhaseWitness } from "./phase-witness.ts";
import { until } from "../until.ts";

/** What has been done to one UID. */
interface Life {
  readonly name: string;
  /** With what it must end, if it ends. */
  exitCode?: number;
  isDeleted?: boolean;
  /** The backend has lost it, whether or not it had it. */
  isLost?: boolean;
}

/** Calls must fail within the time of a test. */
const deadlines = { readMs: 500, changeMs: 800 } as const;
const settleMs = 40_000;

/** A cluster, a backend and a node, to which anything may be done; it knows what must come of it. */
export class World implements AsyncDisposable {
  readonly #it: Bench;
  readonly #proxy: ApiProxy;
  readonly #witness: PhaseWitness;
  readonly #lives = new Map<string, Life>();
  #node: BenchNode | undefined;

  private constructor(it: Bench, proxy: ApiProxy) {
    this.#it = it;
    this.#proxy = proxy;
    this.#witness = it.use(new PhaseWitness(it));
  }

  static async open(): Promise<World> {
    const it = await Bench.open();
    const world = new World(it, await it.startProxy());
    await world.startNode();
    return world;
  }

  /** Starts it without waiting: it may be that it cannot be ready now. */
  async startNode(): Promise<void> {
    const options = { connection: this.#proxy.connection, deadlines, pollMs: 20, waits: false };
    this.#node = await this.#it.startNode(options);
  }

  async restartNode(): Promise<void> {
    await this.#node?.[Symbol.asyncDispose]();
    await this.startNode();
  }

  async create(name: string, behaviour: Readonly<Record<string, number>>): Promise<void> {
    await unlessMeanwhile(async () => {
      const { metadata } = await this.#it.createPod(name, behaviour);
      const { runMs, exitCode } = behaviour;
      this.#lives.set(metadata.uid, { name, ...(runMs !== undefined && exitCode !== undefined ? { exitCode } : {}) });
    });
  }

  async delete(name: string, gracePeriodSeconds: number): Promise<void> {
    const life = await this.#lifeOf(name);
    if (life) life.isDeleted = true;
    await unlessMeanwhile(() => this.#it.deletePod(name, { gracePeriodSeconds }));
  }

  async relabel(name: string, label: string): Promise<void> {
    const body = { metadata: { labels: { label } } };
    const patch = { type: "merge", body } as const;
    await unlessMeanwhile(() => this.#it.client.patch(resources.pods, { namespace: "default", name }, { patch }));
  }

  /** Behind the node's back. */
  async tamper(name: string, what: "finish" | "lose", exitCode: number): Promise<void> {
    const pod = await this.#it.pod(name);
    const life = pod && this.#lives.get(pod.metadata.uid);
    if (!life || !this.#it.backend.live.has(pod.metadata.uid)) return;
    if (what === "lose") life.isLost = true;
    else life.exitCode = exitCode;
    await this.#it.backend.tamper(pod.metadata.uid, what, exitCode);
  }

  async breakBackend(kind: BackendFault["kind"] | undefined): Promise<void> {
    await this.#it.backend.setFaults(kind ? [{ verb: "any", kind, status: 503 }] : []);
  }

  breakApi(isDown: boolean): void {
    this.#proxy.judge = () => (isDown ? "cut" : undefined);
    if (isDown) this.#proxy.cut();
  }

  /** Ends all outages; resolves to what is wrong all the same once it had the time to become right. */
  async heal(): Promise<readonly string[]> {
    await this.breakBackend(undefined);
    this.breakApi(false);
    const isQuiet = async () => (await this.#differences()).length === 0;
    await until(isQuiet, { what: "quiet", timeoutMs: settleMs }).catch(() => {});
    // What is leaked or doubled late must not be missed.
    await sleep(300);
    return [...(await this.#differences()), ...this.#wrongs()];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#it[Symbol.asyncDispose]();
  }

  async #lifeOf(name: string): Promise<Life | undefined> {
    const pod = await this.#it.pod(name);
    return pod && this.#lives.get(pod.metadata.uid);
  }

  async #differences(): Promise<readonly string[]> {
    const pods = await this.#it.pods();
    const sides = (await this.#it.differences()).filter((line) => !line.includes("was started"));
    return [...sides, ...pods.flatMap((pod) => this.#shownWrongly(pod))];
  }

  #shownWrongly({ metadata: { uid, name, deletionTimestamp }, status }: Pod): readonly string[] {
    const life = this.#lives.get(uid);
    if (deletionTimestamp) return [`${name} is still being deleted`];
    const [container] = status?.containerStatuses ?? [];
    const phase = status?.phase ?? "Pending";
    if (container && container.restartCount > 0) return [`${name} shows ${container.restartCount} restarts`];
    if (life?.isLost && phase === "Failed") return [];
    if (life?.exitCode === undefined) return phase === "Running" ? [] : [`${name} is ${phase}`];
    const code = container?.state?.terminated?.exitCode;
    return code === life.exitCode ? [] : [`${name} shows ${code ?? phase} and ended with ${life.exitCode}`];
  }

  /** A pod that was lost before the cluster had seen it start may be started once more: then nobody knows that it ever was. */
  #wrongs(): readonly string[] {
    const { log } = this.#it.backend;
    const isLost = (uid: string) => this.#lives.get(uid)?.isLost === true;
    const killed = log
      .filter(({ event, by, uid }) => event === "stopped" && (by === "request" || by === "grace") && !isLost(uid))
      .filter(({ uid }) => this.#lives.get(uid)?.isDeleted !== true)
      .map(({ name }) => `${name} was killed and nobody asked for it`);
    const rerun = log
      .filter(({ event, uid, at }) => event === "started" && at > (this.#witness.terminalAt(uid) ?? at))
      .map(({ name }) => `${name} was started after its end`);
    return [...doubledStarts(log.filter(({ uid }) => !isLost(uid))), ...killed, ...rerun, ...this.#witness.undone];
  }
}

/** The node may remove what a user is about to change. */
async function unlessMeanwhile(act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!isKubernetesError(error, "NotFound") && !isKubernetesError(error, "AlreadyExists")) throw error;
  }
}
