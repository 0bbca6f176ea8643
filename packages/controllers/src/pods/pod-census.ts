import type { Pod } from "@virtual-kubelet/kubernetes";
import { isObserved, publish } from "../diagnostics.ts";

/** How soon after one count the next may follow. */
const everyMs = 1_000;

export interface PodCensusOptions {
  readonly nodeName: string;
  pods(): readonly Pod[];
}

/** Counts the pods of a node when something about them has changed and somebody wants to know. */
export class PodCensus implements Disposable {
  readonly #options: PodCensusOptions;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PodCensusOptions) {
    this.#options = options;
  }

  changed(): void {
    if (this.#timer || !isObserved("virtual-kubelet:pods")) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#publish(this.#options.pods());
    }, everyMs);
    this.#timer.unref();
  }

  /** Nobody is there any more, as far as this process knows. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#publish([]);
  }

  #publish(pods: readonly Pod[]): void {
    publish("virtual-kubelet:pods", () => ({ node: this.#options.nodeName, ...census(pods) }));
  }
}

/** Pods by phase, and their containers by state. */
export function census(pods: readonly Pod[]): {
  readonly phases: Readonly<Record<string, number>>;
  readonly containers: Readonly<Record<string, number>>;
} {
  const phases: Record<string, number> = {};
  const containers: Record<string, number> = {};
  for (const { status } of pods) {
    const phase = status?.phase ?? "Pending";
    phases[phase] = (phases[phase] ?? 0) + 1;
    for (const { state } of status?.containerStatuses ?? []) {
      const name = state?.running ? "running" : state?.terminated ? "exited" : "created";
      containers[name] = (containers[name] ?? 0) + 1;
    }
  }
  return { phases, containers };
}
