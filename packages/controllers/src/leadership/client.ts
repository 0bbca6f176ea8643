import {
  type KubernetesClient,
  type Lease,
  type OwnerReference,
  isKubernetesError,
  resources,
} from "@virtual-kubelet/kubernetes";
import { type Claimant, claimed, released } from "./lease-record.ts";

export interface LeaseClientOptions {
  readonly client: KubernetesClient;
  readonly lease: LeaseName;
  readonly claimant: Claimant;
  readonly timeoutMs: number;
}

export interface ClaimOptions {
  /** The object that the lease ends with; as before when absent. */
  readonly owner?: OwnerReference | undefined;
  readonly signal?: AbortSignal;
}

export interface LeaseName {
  readonly namespace: string;
  readonly name: string;
}

/** The requests about one lease. Each write is good for one version of it, so that of two who write only one succeeds. */
export class LeaseClient {
  readonly #options: LeaseClientOptions;

  constructor(options: LeaseClientOptions) {
    this.#options = options;
  }

  async read(signal?: AbortSignal): Promise<Lease | undefined> {
    const { client, lease, timeoutMs } = this.#options;
    try {
      return await client.get(resources.leases, lease, { timeoutMs, ...(signal ? { signal } : {}) });
    } catch (error) {
      if (isKubernetesError(error, "NotFound")) return undefined;
      throw error;
    }
  }

  /** Claims the lease, or renews the claim; where it is not known it is created. When it has changed since, the error is one that `isOutdated`. */
  async claim(known: Lease | undefined, { owner, signal }: ClaimOptions = {}): Promise<Lease> {
    const { client, lease, claimant, timeoutMs } = this.#options;
    const body = claimed(known, claimant, { owner, now: new Date() });
    const options = { timeoutMs, ...(signal ? { signal } : {}) };
    if (known) return client.patch(resources.leases, lease, { ...options, patch: { type: "merge", body } });
    return client.create(resources.leases, { ...body, metadata: { ...body.metadata, ...lease } }, options);
  }

  async release(known: Lease): Promise<void> {
    const { client, lease, timeoutMs } = this.#options;
    await client.patch(resources.leases, lease, { timeoutMs, patch: { type: "merge", body: released(known) } });
  }
}

/** Whether a write failed because the lease is not what it was known as. */
export function isOutdated(error: unknown): boolean {
  return ["Conflict", "NotFound", "AlreadyExists"].some((reason) => isKubernetesError(error, reason));
}
