import { once } from "node:events";
import type { Pod } from "@virtual-kubelet/kubernetes";
import {
  type PodEventRecord,
  type ProviderContext,
  ProviderError,
  type Variable,
  type VolumeFiles,
} from "@virtual-kubelet/provider";
import { lendingContext } from "./lending-context.ts";

/** What the pods of a check refer to, and the contexts that give it out. The contexts of all lives of a node share one. */
export class LentObjects {
  readonly events: PodEventRecord[] = [];
  readonly #pods = new Map<string, Pod>();
  #variables: readonly Variable[] = [];
  #content = "";
  #missing: string | undefined;
  #changed = Promise.withResolvers<void>();

  keep(pod: Pod): void {
    this.#pods.set(pod.metadata.uid, pod);
  }

  /** What each container's environment ends with from now on. */
  lendVariables(variables: readonly Variable[]): void {
    this.#variables = variables;
    this.#missing = undefined;
    this.#tell();
  }

  /** What the one file of each volume has in it, which is called `text`. */
  lendFile(content: string): void {
    this.#content = content;
  }

  /** From now on an environment cannot be had, as when a ConfigMap is missing. */
  withhold(message: string): void {
    this.#missing = message;
    this.#tell();
  }

  context(owner: { readonly clusterId: string; readonly nodeName: string }): ProviderContext {
    return lendingContext({
      ...owner,
      pod: ({ uid }) => this.#pods.get(uid),
      environment: async ({ pod, container }) => this.#environment(pod.uid, container),
      volume: (_pod, { signal }) => this.#volume(signal),
      referencesChanged: (_pod, { signal }) => this.#nextChange(signal),
      resolver: (_pod, own) => own,
      pullCredentials: async () => undefined,
      read: async () => undefined,
      recordEvent: (_pod, event) => void this.events.push(event),
    });
  }

  #environment(uid: string, name: string): readonly Variable[] {
    const pod = this.#pods.get(uid);
    if (!pod) throw new ProviderError("NotFound", `The pod of UID ${uid} is gone: do not start it.`);
    if (this.#missing !== undefined) throw new ProviderError("ConfigMissing", this.#missing);
    const all = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
    const own = all.find((container) => container.name === name)?.env ?? [];
    return [...own.map(({ name: key, value = "" }) => ({ name: key, value, sensitive: false })), ...this.#variables];
  }

  async *#volume(signal: AbortSignal): AsyncGenerator<VolumeFiles> {
    const content = Buffer.from(this.#content);
    yield { files: [{ path: "text", content, mode: 0o644, sensitive: false }] };
    // It does not change, and is there for as long as it is wanted.
    if (!signal.aborted) await once(signal, "abort");
  }

  #tell(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  async #nextChange(signal: AbortSignal): Promise<void> {
    const aborted = Promise.withResolvers<never>();
    const abort = (): void => aborted.reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    try {
      await Promise.race([this.#changed.promise, aborted.promise]);
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }
}
