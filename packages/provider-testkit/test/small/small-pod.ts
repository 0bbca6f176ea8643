import type { Pod, PodStatus } from "@virtual-kubelet/kubernetes";
import { podPhase, refOf } from "@virtual-kubelet/pod-toolkit";
import type { PodState, Variable } from "@virtual-kubelet/provider";
import { SmallContainer } from "./small-container.ts";

const backoffMs = 1;

/** What can be wrong with a backend, for sabotage. */
export interface Quirks {
  /** Leaves alone what ends by itself, except what prints: that of it is for logs. */
  neverRestarts?: boolean;
  restartsOnSuccess?: boolean;
  /** Where there are several init containers. */
  startsAllAtOnce?: boolean;
  overlooksInitFailure?: boolean;
}

export interface SmallPodOptions {
  readonly owner: string;
  readonly revision: string;
  readonly variables: ReadonlyMap<string, readonly Variable[]>;
  /** What is in the file of its volume, where it has one. */
  readonly text: string;
  readonly quirks: Quirks;
  changed(pod: SmallPod): void;
}

/** A pod as the backend keeps it. */
export class SmallPod {
  pod: Pod;
  revision: string;
  readonly owner: string;
  readonly containers: readonly SmallContainer[];
  readonly inits: readonly SmallContainer[];
  readonly createdAt: string = new Date().toISOString();
  isDeleting = false;
  readonly #options: SmallPodOptions;

  constructor(pod: Pod, options: SmallPodOptions) {
    this.pod = pod;
    this.revision = options.revision;
    this.owner = options.owner;
    this.#options = options;
    const make = (spec: Pod["spec"]["containers"][number]): SmallContainer =>
      new SmallContainer(spec, {
        variables: options.variables.get(spec.name) ?? [],
        text: options.text,
        changed: (container) => this.#changed(container),
      });
    this.inits = (pod.spec.initContainers ?? []).map(make);
    this.containers = pod.spec.containers.map(make);
  }

  start(): void {
    if (this.#options.quirks.startsAllAtOnce && this.inits.length > 1)
      for (const each of [...this.inits, ...this.containers]) each.start();
    else this.#startNext();
  }

  get hasEnded(): boolean {
    return this.status.phase === "Succeeded" || this.status.phase === "Failed";
  }

  get status(): PodStatus {
    const statuses = {
      ...(this.inits.length > 0 ? { initContainerStatuses: this.inits.map(({ status }) => status) } : {}),
      containerStatuses: this.containers.map(({ status }) => status),
    };
    const phase = podPhase(this.pod, statuses, { ended: this.isDeleting });
    return { phase, startTime: this.createdAt, ...statuses };
  }

  get state(): PodState {
    return { ...refOf(this.pod), revision: this.revision, status: this.status };
  }

  container(name: string): SmallContainer | undefined {
    return [...this.inits, ...this.containers].find(({ spec }) => spec.name === name);
  }

  stop(graceMs: number): void {
    this.isDeleting = true;
    for (const each of [...this.inits, ...this.containers]) each.stop(graceMs);
    this.#options.changed(this);
  }

  #changed(container: SmallContainer): void {
    const { exitCode } = container;
    if (exitCode !== undefined && !this.isDeleting) {
      if (this.inits.includes(container)) this.#startNext();
      else if (this.#isToRestart(container, exitCode)) container.after(backoffMs, () => this.#restart(container));
    }
    this.#options.changed(this);
  }

  #restart(container: SmallContainer): void {
    if (!this.isDeleting) container.start();
  }

  #isToRestart({ program }: SmallContainer, exitCode: number): boolean {
    const { neverRestarts, restartsOnSuccess } = this.#options.quirks;
    if (neverRestarts && program.does !== "print") return false;
    const policy = this.pod.spec.restartPolicy;
    return policy === "Always" || (policy === "OnFailure" && (exitCode !== 0 || restartsOnSuccess === true));
  }

  #startNext(): void {
    for (const init of this.inits) {
      if (init.exitCode !== undefined && (init.exitCode === 0 || this.#options.quirks.overlooksInitFailure)) continue;
      if (init.exitCode === undefined && !init.isRunning) init.start();
      return;
    }
    for (const container of this.containers) if (!container.isRunning) container.start();
  }
}
