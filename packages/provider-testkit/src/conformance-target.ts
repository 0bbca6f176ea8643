import type { Awaitable, Provider, ProviderContext } from "@virtual-kubelet/provider";
import type { Faults } from "./faults.ts";
import type { Timings } from "./timings.ts";
import type { Workloads } from "./workloads.ts";

/** The provider that is looked at, and the backend that it is looked at on. */
export interface ConformanceTarget {
  /**
   * Makes a provider with this context, each time on the same backend: a restart of the agent is the end of one and the making of
   * the next with a context of the same node. Each check lends a node name of its own, so that it meets its own pods only.
   */
  create(context: ProviderContext): Awaitable<Provider>;
  readonly workloads: Workloads;
  readonly faults?: Faults;
  /** Checks not to be made, by id: why not. */
  readonly skips?: Readonly<Record<string, string>>;
  readonly timings?: Partial<Timings>;
  /** What the contexts say of the cluster, and what their nodes' names begin with. Absent: made up for each call of `conformance`. */
  readonly owner?: { readonly clusterId: string; readonly nodeName: string };
}
