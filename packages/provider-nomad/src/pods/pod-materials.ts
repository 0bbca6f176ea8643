import type { Pod } from "@virtual-kubelet/kubernetes";
import type { PodOwner } from "@virtual-kubelet/pod-toolkit";
import { refOf } from "@virtual-kubelet/pod-toolkit";
import type { Call, PodRef, ProviderContext } from "@virtual-kubelet/provider";
import type { NomadClient } from "../client.ts";
import type { PodMaterial } from "../job/pod-material.ts";
import { materialNeeds } from "../job-from-pod.ts";
import type { ClientNodes } from "../nodes/client-nodes.ts";
import type { ResolvedNomadOptions } from "../options.ts";
import { FollowedPod } from "./followed-pod.ts";
import { FollowedVolume } from "./followed-volume.ts";

export interface PodMaterialsOptions {
  readonly client: NomadClient;
  readonly context: ProviderContext;
  readonly owner: PodOwner;
  readonly options: ResolvedNomadOptions;
  readonly nodes: ClientNodes;
}

export interface PullCall extends Call {
  readonly revision: string;
}

/** What a task's names are resolved by where the pod says nothing: the client's own, which Nomad gives it. */
const clientsOwn = { nameservers: [], searches: [], options: [] };

/** What pods are made of, from the node's context: pulled when a pod is created or taken over, and kept up to date while it is there. */
export class PodMaterials implements AsyncDisposable {
  readonly #options: PodMaterialsOptions;
  readonly #pods = new Map<string, FollowedPod>();

  constructor(options: PodMaterialsOptions) {
    this.#options = options;
  }

  /** Everything that the pod's job is made of. Throws what the context throws when something is missing. */
  async pull(pod: Pod, call: PullCall): Promise<FollowedPod> {
    const ref = refOf(pod);
    await this.end(ref);
    const { context, options } = this.#options;
    const needs = materialNeeds(pod, options);
    const volumes = needs.volumes.map((volume) => [volume, new FollowedVolume(context, { pod: ref, volume })] as const);
    try {
      const material = await this.#material(pod, { needs, volumes }, call);
      const followed = new FollowedPod({
        ...this.#options,
        pod: ref,
        material,
        volumes: new Map(volumes),
        ended: () => this.#pods.delete(ref.uid),
      });
      this.#pods.set(ref.uid, followed);
      return followed;
    } catch (error) {
      await Promise.all(volumes.map(([, volume]) => volume[Symbol.asyncDispose]()));
      throw error;
    }
  }

  /** Whether a pod of the job of this ID is there, or being created. */
  has(jobId: string): boolean {
    return [...this.#pods.values()].some(({ jobId: its }) => its === jobId);
  }

  async end({ uid }: PodRef): Promise<void> {
    await this.#pods.get(uid)?.[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#pods.values()].map((pod) => pod[Symbol.asyncDispose]()));
  }

  async #material(
    pod: Pod,
    sources: {
      readonly needs: ReturnType<typeof materialNeeds>;
      readonly volumes: readonly (readonly [string, FollowedVolume])[];
    },
    { signal, revision }: PullCall,
  ): Promise<PodMaterial> {
    const { context, options, owner, nodes } = this.#options;
    const { needs, volumes } = sources;
    const ref = refOf(pod);
    const { podIPs, hostIPs } = needs;
    const [environments, files, credentials, mhzPerCpu] = await Promise.all([
      entries(needs.containers, (container) =>
        context.environment({ pod: ref, container }, { signal, podIPs, hostIPs }),
      ),
      entries(volumes, ([, volume]) => volume.first({ signal })),
      entries(needs.images, (image) => context.pullCredentials(ref, { signal, image })),
      options.mhzPerCpu ?? nodes.mhzPerCpu({ signal }),
    ]);
    return {
      options,
      owner,
      revision,
      environments,
      volumes: new Map([...files].map(([[name], value]) => [name, value])),
      credentials,
      resolver: needs.resolver ? context.resolver(ref, clientsOwn) : undefined,
      mhzPerCpu,
    };
  }
}

async function entries<K, V>(keys: readonly K[], get: (key: K) => Promise<V>): Promise<ReadonlyMap<K, V>> {
  return new Map(await Promise.all(keys.map(async (key) => [key, await get(key)] as const)));
}
