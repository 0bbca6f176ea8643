import type { NodeDescription } from "@virtual-kubelet/provider";
import type { NomadNode } from "../api/node.ts";
import { slowestCore } from "./client-nodes.ts";
import type { ResolvedNomadOptions } from "../options.ts";

/** Nomad itself has no limit. */
const podsPerClient = 500;
/** As a container's resources are counted when nobody knows. */
const unknownMhzPerCpu = 1000;

export interface NodeFacts {
  /** The clients that pods may run on. */
  readonly nodes: readonly NomadNode[];
  /** The same, with their attributes, or some of them. */
  readonly details: readonly NomadNode[];
  readonly options: Pick<ResolvedNomadOptions, "mhzPerCpu" | "region" | "namespace">;
  readonly nodeName: string;
}

/** All clients that fit, as one node. It has no address: who looks for the node's kubelet finds the agent, not Nomad. */
export function nodeDescription({ nodes, details, options, nodeName }: NodeFacts): NodeDescription {
  const mhzPerCpu = options.mhzPerCpu ?? slowestCore(nodes) ?? unknownMhzPerCpu;
  const amounts = (resourcesOf: (node: NomadNode) => NomadNode["NodeResources"]): Readonly<Record<string, string>> => {
    const sum = (of: (resources: NomadNode["NodeResources"]) => number | undefined): number =>
      nodes.reduce((total, node) => total + (of(resourcesOf(node)) ?? 0), 0);
    return {
      cpu: `${Math.max(0, Math.floor((sum((each) => each?.Cpu?.CpuShares) * 1000) / mhzPerCpu))}m`,
      memory: `${Math.max(
        0,
        sum((each) => each?.Memory?.MemoryMB),
      )}Mi`,
      "ephemeral-storage": `${Math.max(
        0,
        sum((each) => each?.Disk?.DiskMB),
      )}Mi`,
      pods: String(nodes.length * podsPerClient),
    };
  };
  const attribute = (name: string): string | undefined => shared(details.map(({ Attributes }) => Attributes?.[name]));
  const version = shared(nodes.map(({ Version }) => Version));
  const system = [attribute("os.name"), attribute("os.version")].filter(Boolean).join(" ");
  return {
    capacity: amounts(({ NodeResources }) => NodeResources),
    allocatable: amounts(withoutReserved),
    operatingSystem: attribute("kernel.name") ?? "linux",
    ...ifKnown("architecture", attribute("cpu.arch")),
    ...ifKnown("osImage", system || undefined),
    ...ifKnown("kernelVersion", attribute("kernel.version")),
    providerID: `nomad://${options.region ?? "global"}/${options.namespace}/${nodeName}`,
    containerRuntimeVersion: `nomad://${version ?? "mixed"}`,
  };
}

function withoutReserved({ NodeResources: all, ReservedResources: kept }: NomadNode): NomadNode["NodeResources"] {
  return {
    Cpu: { CpuShares: (all?.Cpu?.CpuShares ?? 0) - (kept?.Cpu?.CpuShares ?? 0) },
    Memory: { MemoryMB: (all?.Memory?.MemoryMB ?? 0) - (kept?.Memory?.MemoryMB ?? 0) },
    Disk: { DiskMB: (all?.Disk?.DiskMB ?? 0) - (kept?.Disk?.DiskMB ?? 0) },
  };
}

/** What all have in common. */
function shared(values: readonly (string | undefined)[]): string | undefined {
  return new Set(values).size === 1 ? values[0] : undefined;
}

function ifKnown<K extends string>(key: K, value: string | undefined): { readonly [Key in K]?: string } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [Key in K]?: string };
}
