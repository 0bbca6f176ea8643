import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { ConfigMap, Pod, Volume } from "@virtual-kubelet/kubernetes";
import {
  type Logger,
  type PodRef,
  ProviderError,
  type VolumeCall,
  type VolumeFiles,
  isProviderError,
} from "@virtual-kubelet/provider";
import type { PodEvents } from "../../events/pod-events.ts";
import { retryDelayMs } from "../../queue/retry-delay.ts";
import { podGone } from "../pod-gone.ts";
import type { References } from "../references/references.ts";
import type { Tokens } from "../tokens/tokens.ts";
import { resolveVolume } from "./resolve-volume.ts";
import type { VolumeSources } from "./volume-sources.ts";

export interface VolumesOptions {
  readonly references: References;
  readonly tokens: Tokens;
  readonly events: PodEvents;
  readonly logger: Logger;
  /** The newest version of a pod. */
  readonly pod: (uid: string) => Pod | undefined;
  readonly allocatable: () => Readonly<Record<string, string>>;
  /** PEM. What pods are to trust the API server by, where it is not what the cluster says. */
  readonly certificateAuthority?: string | undefined;
}

/** One look at a volume. */
interface Look {
  readonly files?: VolumeFiles;
  readonly error?: ProviderError;
  /** When to look again though there is no news. */
  readonly againInMs: number;
}

/** So much that changes together is one change. Milliseconds. */
const settleMs = 50;
const retry = { firstMs: 1_000, maxMs: 60_000 } as const;
const certificates = { configMap: "kube-root-ca.crt", key: "ca.crt" } as const;

/** The contents of the pods' volumes, now and after each change of what they are made of. */
export class Volumes {
  readonly #options: VolumesOptions;
  /** What was last said of each pod's volumes that could not be made. */
  readonly #said = new Map<string, Map<string, string>>();

  constructor(options: VolumesOptions) {
    this.#options = options;
  }

  /** As `ProviderContext.volume` says. What cannot be read before the first contents are there is the caller's to try again. */
  async *contents(ref: PodRef, { volume: name, signal }: VolumeCall): AsyncGenerator<VolumeFiles, void, undefined> {
    const { references } = this.#options;
    const pod = this.#options.pod(ref.uid);
    if (!pod) throw podGone(ref);
    using listening = references.listen(pod, { signal });
    const { news, signal: during } = listening;
    let last: VolumeFiles | undefined;
    for (let failures = 0; ;) {
      const { count } = news;
      try {
        const { files, error, againInMs } = await this.#look(ref, { name, signal: during });
        if (error && !last) throw error;
        failures = error ? failures + 1 : 0;
        if (files && !isDeepStrictEqual(files, last)) yield (last = files);
        const timeoutMs = error && isPassing(error) ? retryDelayMs(failures, retry) : againInMs;
        await news.after(count, { signal: during, timeoutMs });
        await sleep(settleMs, undefined, { signal: during });
      } catch (error) {
        if (!last) throw during.aborted ? during.reason : error;
        if (during.aborted) return;
        throw error;
      }
    }
  }

  forget(podUid: string): void {
    this.#said.delete(podUid);
  }

  async #look(ref: PodRef, call: { readonly name: string; readonly signal: AbortSignal }): Promise<Look> {
    const { name, signal } = call;
    const pod = this.#options.pod(ref.uid);
    if (!pod) throw podGone(ref);
    const volume = volumeOf(pod, name);
    let againInMs = Infinity;
    const renewIn = (ms: number): void => void (againInMs = Math.min(againInMs, ms));
    try {
      const files = await resolveVolume(volume, this.#sources(pod, { signal, renewIn }));
      this.#said.get(ref.uid)?.delete(name);
      return { files, againInMs };
    } catch (error) {
      signal.throwIfAborted();
      if (!isProviderError(error)) throw error;
      this.#say(ref, name, error);
      return { error, againInMs };
    }
  }

  #sources(
    pod: Pod,
    { signal, renewIn }: { readonly signal: AbortSignal; readonly renewIn: (ms: number) => void },
  ): VolumeSources {
    const { references, tokens, allocatable } = this.#options;
    return {
      pod,
      allocatable: allocatable(),
      configMap: async (name) => this.#trusted(await references.configMap(pod, name, { signal })),
      secret: (name) => references.secret(pod, name, { signal }),
      token: async (request) => {
        signal.throwIfAborted();
        const token = await tokens.get(pod, { ...request, signal });
        renewIn(token.renewInMs);
        return token;
      },
    };
  }

  #trusted(object: ConfigMap | undefined): ConfigMap | undefined {
    const { certificateAuthority } = this.#options;
    if (!certificateAuthority || object?.metadata.name !== certificates.configMap) return object;
    return { ...object, data: { ...object.data, [certificates.key]: certificateAuthority } };
  }

  /** Once, and again when it had been mended meanwhile. */
  #say(ref: PodRef, volume: string, error: ProviderError): void {
    const said = this.#said.get(ref.uid) ?? new Map<string, string>();
    if (said.get(volume) === error.message) return;
    this.#said.set(ref.uid, said.set(volume, error.message));
    const { namespace, name, uid } = ref;
    const { events, logger } = this.#options;
    logger.warn({ err: error, pod: { namespace, name, uid }, volume }, "a volume cannot be made");
    events.recordEvent(ref, { type: "Warning", reason: "FailedMount", message: error.message });
  }
}

/** Whether it may pass without any news. */
function isPassing({ code }: ProviderError): boolean {
  return code !== "ConfigMissing" && code !== "InvalidInput" && code !== "Unsupported";
}

function volumeOf({ metadata, spec }: Pod, name: string): Volume {
  const found = spec.volumes?.find((volume) => volume.name === name);
  if (!found) throw new ProviderError("NotFound", `Pod ${metadata.namespace}/${metadata.name} has no volume "${name}"`);
  return found;
}
