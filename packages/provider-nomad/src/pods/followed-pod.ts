import { setTimeout as pause } from "node:timers/promises";
import { type PodRef, type ProviderContext, isProviderError } from "@virtual-kubelet/provider";
import type { NomadVariable } from "../api/variable.ts";
import type { NomadClient } from "../client.ts";
import { jobIdOf } from "../job/identity.ts";
import type { PodMaterial } from "../job/pod-material.ts";
import { variablesFromPod } from "../job-from-pod.ts";
import { requests } from "../client/requests.ts";
import type { FollowedVolume } from "./followed-volume.ts";

export interface FollowedPodOptions {
  readonly client: NomadClient;
  readonly context: ProviderContext;
  readonly pod: PodRef;
  /** What there was when it was pulled. */
  readonly material: PodMaterial;
  readonly volumes: ReadonlyMap<string, FollowedVolume>;
  readonly ended: () => void;
}

/** What of the pod is in Nomad: its variables, as far as they are known, and its job's meta. */
export interface WrittenPod {
  readonly written: readonly NomadVariable[];
  readonly meta: Readonly<Record<string, string>>;
}

const firstPauseMs = 1_000;
const longestPauseMs = 60_000;

/** Keeps the files of one pod as its volumes are: what has changed is written to its variables, and Nomad writes it to the files. */
export class FollowedPod implements AsyncDisposable {
  readonly #options: FollowedPodOptions;
  readonly #end = new AbortController();
  #material: PodMaterial;
  #meta: WrittenPod["meta"] = {};
  /** By path, what each variable holds, as text. */
  readonly #written = new Map<string, string>();
  #writing: Promise<void> | undefined;
  #isStale = false;

  constructor(options: FollowedPodOptions) {
    this.#options = options;
    this.#material = options.material;
  }

  get jobId(): string {
    return jobIdOf(this.#material.owner, this.#options.pod);
  }

  get material(): PodMaterial {
    return this.#material;
  }

  /** Begins to follow; what is not written yet is written. */
  follow({ written, meta }: WrittenPod): void {
    this.#meta = meta;
    for (const variable of written) this.#written.set(variable.Path, textOf(variable));
    for (const [name, volume] of this.#options.volumes) void this.#followVolume(name, volume);
  }

  /** Writes what differs, until it has worked. */
  refresh(): void {
    this.#isStale = true;
    this.#writing ??= this.#write().finally(() => (this.#writing = undefined));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    this.#options.ended();
    await Promise.all([...this.#options.volumes.values()].map((volume) => volume[Symbol.asyncDispose]()));
    await this.#writing;
  }

  async #followVolume(name: string, volume: FollowedVolume): Promise<void> {
    for await (const files of volume.changes()) {
      if (this.#end.signal.aborted) return;
      this.#material = { ...this.#material, volumes: new Map(this.#material.volumes).set(name, files) };
      this.refresh();
    }
  }

  async #write(): Promise<void> {
    const { signal } = this.#end;
    const { context, pod } = this.#options;
    for (let pauseMs = firstPauseMs; this.#isStale && !signal.aborted;) {
      this.#isStale = false;
      try {
        await this.#writeOnce();
        pauseMs = firstPauseMs;
      } catch (error) {
        if (signal.aborted) return;
        context.logger.warn({ err: error, pod }, "Could not write what has changed in a pod's volumes");
        const message = error instanceof Error ? error.message : String(error);
        // What has grown too large stays as it was; it is looked at again when it changes.
        if (isProviderError(error, "InvalidInput"))
          context.recordEvent(pod, { type: "Warning", reason: "FailedMount", message });
        else this.#isStale = true;
        await pause(pauseMs, undefined, { signal }).catch(() => undefined);
        pauseMs = Math.min(2 * pauseMs, longestPauseMs);
      }
    }
  }

  async #writeOnce(): Promise<void> {
    const { client, context, pod } = this.#options;
    const newest = context.pod(pod);
    if (!newest) return;
    for (const variable of variablesFromPod(newest, this.#material, this.#meta)) {
      const text = textOf(variable);
      if (this.#written.get(variable.Path) === text) continue;
      await client.json(requests.putVariable(variable), this.#end);
      this.#written.set(variable.Path, text);
    }
  }
}

function textOf({ Items }: NomadVariable): string {
  return JSON.stringify(Object.entries(Items).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
