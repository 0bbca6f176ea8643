import { type Node, Quantity } from "@virtual-kubelet/kubernetes";
import type { NodeStats } from "@virtual-kubelet/provider";
import type { MetricFamily } from "../exposition/family.ts";
import { isKnown } from "./known.ts";

/** What cadvisor says of the machine: what the node's object says, and of memory else what is used and what is left. */
export function machineFamilies({ memory }: NodeStats, node: Node | undefined): readonly MetricFamily[] {
  const { capacity = {}, nodeInfo } = node?.status ?? {};
  const { availableBytes, workingSetBytes } = memory ?? {};
  const measured = isKnown(availableBytes) && isKnown(workingSetBytes) ? availableBytes + workingSetBytes : undefined;
  const labels = {
    cadvisorRevision: "",
    cadvisorVersion: "",
    dockerVersion: "",
    kernelVersion: nodeInfo?.kernelVersion ?? "",
    osVersion: nodeInfo?.osImage ?? "",
  };
  return [
    {
      name: "cadvisor_version_info",
      type: "gauge",
      help: "A metric with a constant '1' value labeled by kernel version, OS version, docker version, cadvisor version & cadvisor revision.",
      samples: [{ labels, value: 1 }],
    },
    ...machineFamily("machine_cpu_cores", "Number of logical CPU cores.", amountOf(capacity["cpu"])),
    ...machineFamily(
      "machine_memory_bytes",
      "Amount of memory installed on the machine.",
      amountOf(capacity["memory"]) ?? measured,
    ),
  ];
}

function machineFamily(name: string, help: string, value: number | undefined): readonly MetricFamily[] {
  return isKnown(value) ? [{ name, type: "gauge", help, samples: [{ value }] }] : [];
}

function amountOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Quantity.parse(text).toNumber();
}
