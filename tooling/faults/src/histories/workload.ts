import { setTimeout as sleep } from "node:timers/promises";
import { isKubernetesError, type Pod, resources } from "@virtual-kubelet/kubernetes";
import type { Bench } from "../bench.ts";
import { type Expectation, faultsOf } from "./expectation.ts";

const names = Array.from({ length: 12 }, (_, index) => `pod-${index}`);
const between = (least: number, most: number): number => Math.round(least + Math.random() * (most - least));
const oneOf = <T>(choices: readonly [T, ...T[]]): T => choices[between(0, choices.length - 1)] ?? choices[0];

/** What users do, at random: create, delete with and without grace, recreate under the same name, relabel; some pods end by themselves. */
export class Workload implements AsyncDisposable {
  readonly #it: Bench;
  readonly #expected = new Map<string, Expectation>();
  readonly #stopped = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #isPaused = false;
  /** Acts so far. */
  acts = 0;

  constructor(it: Bench) {
    this.#it = it;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Resolves once nobody acts any more; `resume` goes on. */
  async pause(): Promise<void> {
    this.#isPaused = true;
    await this.#running;
  }

  resume(): void {
    this.#isPaused = false;
    this.start();
  }

  /** How many pods there have been. */
  get lives(): number {
    return this.#expected.size;
  }

  /** What is not as it must be at any time, whoever is dead. */
  wrongs(): readonly string[] {
    return faultsOf(this.#it.backend.log, this.#expected);
  }

  /** What the cluster does not show as the backend has it; empty once all is quiet. */
  async differences(): Promise<readonly string[]> {
    const pods = await this.#it.pods();
    const shown = pods.flatMap((pod) => this.#shownWrongly(pod));
    return [...(await this.#it.differences()), ...shown];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    await this.pause();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    while (!this.#isPaused && !signal.aborted) {
      try {
        await this.#act(oneOf(names as [string, ...string[]]));
        this.acts++;
      } catch (error) {
        // Somebody else was there first: the node may remove what a user is about to change.
        if (!isKubernetesError(error, "NotFound") && !isKubernetesError(error, "AlreadyExists")) throw error;
      }
      await sleep(between(10, 120), undefined, { signal }).catch(() => {});
    }
  }

  async #act(name: string): Promise<void> {
    const pod = await this.#it.pod(name);
    if (!pod) return this.#create(name);
    const act = oneOf(["delete", "delete", "kill", "recreate", "relabel", "leave", "leave"]);
    if (act === "relabel") return this.#relabel(name);
    if (act === "leave") return;
    this.#expectDeletion(pod);
    await this.#it.deletePod(name, { gracePeriodSeconds: act === "delete" ? between(1, 3) : 0 });
    if (act === "recreate") await this.#create(name);
  }

  async #create(name: string): Promise<void> {
    const ends = Math.random() < 0.5;
    const exitCode = between(0, 100);
    const slow = Math.random() < 0.5 ? { startMs: between(0, 300), stopMs: between(0, 300) } : {};
    const ending = ends ? { runMs: between(50, 1_500), exitCode } : {};
    const { metadata } = await this.#it.createPod(name, { ...slow, ...ending });
    this.#expected.set(metadata.uid, { name, exitCode: ends ? exitCode : undefined, isDeleted: false });
  }

  async #relabel(name: string): Promise<void> {
    const body = { metadata: { labels: { act: String(this.acts) } } };
    await this.#it.client.patch(resources.pods, { namespace: "default", name }, { patch: { type: "merge", body } });
  }

  #expectDeletion({ metadata: { uid } }: Pod): void {
    const expected = this.#expected.get(uid);
    if (expected) this.#expected.set(uid, { ...expected, isDeleted: true });
  }

  #shownWrongly({ metadata: { uid, name, deletionTimestamp }, status }: Pod): readonly string[] {
    const expected = this.#expected.get(uid);
    if (deletionTimestamp) return [`${name} is still being deleted`];
    if (!expected) return [`${name} is nobody's`];
    const [container] = status?.containerStatuses ?? [];
    if (container && container.restartCount > 0) return [`${name} shows ${container.restartCount} restarts`];
    if (expected.exitCode === undefined) return status?.phase === "Running" ? [] : [`${name} is ${status?.phase}`];
    const code = container?.state?.terminated?.exitCode;
    return code === expected.exitCode ? [] : [`${name} shows ${code ?? status?.phase} for code ${expected.exitCode}`];
  }
}
