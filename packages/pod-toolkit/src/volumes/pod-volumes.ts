import { setTimeout as sleep } from "node:timers/promises";
import type { Container, Pod, Volume } from "@virtual-kubelet/kubernetes";
import { type Call, type PodRef, type ProviderContext, ProviderError } from "@virtual-kubelet/provider";
import { refOf } from "../pod-ref.ts";
import { podVolume } from "./pod-volume.ts";
import { writeVolume } from "./write-volume.ts";

/** Where a provider keeps the volumes of its pods. */
export interface VolumeDirectories {
  /** The absolute path of a volume's directory, which need not be there yet. It is the volume's alone. */
  directoryOf(pod: PodRef, volume: Volume): string;
}

export interface PodVolumesOptions {
  readonly context: Pick<ProviderContext, "volume" | "logger">;
  readonly directories: VolumeDirectories;
  /** Whether containers run as this process's own user, under whatever number: files are then given to nobody. */
  readonly keepsOwner?: boolean;
}

/** A volume that is being kept up to date. */
class Keeping {
  /** Whether the first failure is told, and the end. */
  readonly isStrict: boolean;
  readonly end: AbortController = new AbortController();
  /** Settles when nobody writes any more. */
  ended: Promise<void> = Promise.resolve();
  #isWritten = false;
  readonly #written = Promise.withResolvers<void>();

  constructor(isStrict: boolean) {
    this.isStrict = isStrict;
    // Who resumes does not wait for it.
    this.#written.promise.catch(() => undefined);
  }

  /** Settles once it has been written, or could not be. */
  get written(): Promise<void> {
    return this.#written.promise;
  }

  get isWritten(): boolean {
    return this.#isWritten;
  }

  wrote(): void {
    this.#isWritten = true;
    this.#written.resolve();
  }

  failed(error: unknown): void {
    this.#written.reject(error);
  }
}

type KeptPod = Map<string, Keeping>;

const firstPauseMs = 1000;
const longestPauseMs = 60_000;

/** Writes the files volumes of pods into directories, and keeps them up to date until the pods are forgotten. */
export class PodVolumes implements AsyncDisposable {
  readonly #options: PodVolumesOptions;
  readonly #pods = new Map<string, KeptPod>();

  constructor(options: PodVolumesOptions) {
    this.#options = options;
  }

  /**
   * Resolves when every files volume that a container of the pod mounts has been written; from then on they follow their sources.
   * Rejects with what the context says when one of them cannot be had; repeat it then.
   */
  async prepare(pod: Pod, { signal }: Call): Promise<void> {
    const kept = this.#podOf(pod);
    const volumes = mountedFiles(pod).map((volume) => this.#keep(kept, { pod, volume, isStrict: true }).written);
    const aborted = Promise.withResolvers<never>();
    const abort = () => aborted.reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    try {
      await Promise.race([Promise.all(volumes), aborted.promise]);
    } finally {
      aborted.promise.catch(() => undefined);
      signal.removeEventListener("abort", abort);
    }
  }

  /** Goes on with a pod whose volumes another process has written: what cannot be had now is tried again, and they stay as they are. */
  resume(pod: Pod): void {
    const kept = this.#podOf(pod);
    for (const volume of mountedFiles(pod)) this.#keep(kept, { pod, volume, isStrict: false });
  }

  /** Writes no more for a pod; resolves when its directories may be removed. */
  async forget(uid: string): Promise<void> {
    const kept = this.#pods.get(uid);
    this.#pods.delete(uid);
    const volumes = [...(kept?.values() ?? [])];
    for (const { end } of volumes) end.abort();
    await Promise.all(volumes.map(({ ended }) => ended));
  }

  /** Ends the writing, and leaves everything as it is. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#pods.keys()].map((uid) => this.forget(uid)));
  }

  #podOf(pod: Pod): KeptPod {
    const { uid } = pod.metadata;
    const kept = this.#pods.get(uid) ?? new Map<string, Keeping>();
    this.#pods.set(uid, kept);
    return kept;
  }

  #keep(kept: KeptPod, work: Work): Keeping {
    const { name } = work.volume;
    const known = kept.get(name);
    // Who has resumed one has not heard of what fails; who needs it now has to.
    if (known && (known.isStrict || !work.isStrict || known.isWritten)) return known;
    known?.end.abort();
    const keeping = new Keeping(work.isStrict);
    kept.set(name, keeping);
    const run = async () => {
      await known?.ended;
      await this.#follow(work, keeping);
      keeping.failed(new ProviderError("NotFound", `The pod of volume "${name}" is not kept any more.`));
    };
    keeping.ended = run().catch((error: unknown) => {
      if (kept.get(name) === keeping) kept.delete(name);
      keeping.failed(error);
    });
    return keeping;
  }

  /** Follows a volume until its end. Rejects when it could not be written, unless it has been before. */
  async #follow({ pod, volume }: Work, keeping: Keeping): Promise<void> {
    const { context, directories, keepsOwner } = this.#options;
    const { signal } = keeping.end;
    const ref = refOf(pod);
    const group = pod.spec.securityContext?.fsGroup;
    for (let pauseMs = firstPauseMs; !signal.aborted; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      try {
        for await (const files of context.volume(ref, { volume: volume.name, signal })) {
          if (signal.aborted) break;
          await writeVolume(directories.directoryOf(ref, volume), files, { group, keepsOwner });
          keeping.wrote();
          pauseMs = firstPauseMs;
        }
        // The pod is gone.
        if (keeping.isWritten) return;
        throw new ProviderError("NotFound", `Volume "${volume.name}" was given up before it was written.`);
      } catch (error) {
        if (keeping.isStrict && !keeping.isWritten) throw error;
        if (signal.aborted) return;
        context.logger.warn({ err: error, pod: ref, volume: volume.name }, "A volume was not updated; trying again");
      }
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

interface Work {
  readonly pod: Pod;
  readonly volume: Volume;
  readonly isStrict: boolean;
}

/** As with a kubelet, a volume that no container mounts is not set up: what it lacks holds nobody up. */
function mountedFiles({ spec }: Pod): readonly Volume[] {
  const containers: readonly Pick<Container, "volumeMounts">[] = [
    ...(spec.initContainers ?? []),
    ...spec.containers,
    ...(spec.ephemeralContainers ?? []),
  ];
  const mounted = new Set(containers.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name)));
  return (spec.volumes ?? []).filter((volume) => mounted.has(volume.name) && podVolume(volume).type === "files");
}
