import { type Call, isProviderError } from "@virtual-kubelet/provider";
import type { NomadAllocation } from "../api/allocation.ts";
import type { NomadClient } from "../client.ts";
import { requests } from "../client/requests.ts";

type Network = NonNullable<NomadAllocation["NetworkStatus"]>;

/** Many times what a node has; older ones are asked for again, should they still be there. */
const mostKnown = 10_000;

/** The addresses of pods that have a network of their own: lists leave them out, so each allocation is asked for once. */
export class OwnNetworks {
  readonly #client: NomadClient;
  /** By allocation; it keeps its address for life. */
  readonly #known = new Map<string, Network>();

  constructor(client: NomadClient) {
    this.#client = client;
  }

  async complete(allocations: readonly NomadAllocation[], call: Call): Promise<readonly NomadAllocation[]> {
    return Promise.all(allocations.map(async (each) => (lacksAddress(each) ? this.#completed(each, call) : each)));
  }

  async #completed(allocation: NomadAllocation, call: Call): Promise<NomadAllocation> {
    const known = this.#known.get(allocation.ID) ?? (await this.#ask(allocation.ID, call));
    if (!known?.Address) return allocation;
    this.#known.set(allocation.ID, known);
    if (this.#known.size > mostKnown) this.#known.delete(this.#known.keys().next().value ?? "");
    return { ...allocation, NetworkStatus: known };
  }

  /** `undefined`: gone meanwhile. */
  async #ask(id: string, call: Call): Promise<Network | undefined> {
    try {
      return (await this.#client.json<NomadAllocation>(requests.allocation(id), call)).NetworkStatus ?? undefined;
    } catch (error) {
      if (isProviderError(error, "NotFound")) return undefined;
      throw error;
    }
  }
}

function lacksAddress({ ClientStatus, NetworkStatus, AllocatedResources }: NomadAllocation): boolean {
  const mode = AllocatedResources?.Shared?.Networks?.[0]?.Mode ?? "host";
  return ClientStatus === "running" && mode !== "host" && mode !== "none" && !NetworkStatus?.Address;
}
