import { Counter, Gauge } from "@prometheus-io/client";
import type { SubjectFactory } from "../subject.ts";

interface LeaseMessage {
  readonly node: string;
  readonly event: "renewed" | "failed" | "ended";
}

/** Whether the cluster hears from the node in time. */
export const leases: SubjectFactory = (registry) => {
  const registers = [registry];
  const renewedAtMs = new Map<string, number>();
  const renewals = new Counter({
    name: "virtual_kubelet_node_lease_renewals_total",
    help: "Renewals of the node's lease that were tried, by result: renewed or failed.",
    labelNames: ["result"],
    registers,
  });
  const age = new Gauge({
    name: "virtual_kubelet_node_lease_age_seconds",
    help: "Seconds since the node's lease was last renewed; beyond 40 the cluster takes the node for dead. Of several nodes, the oldest.",
    registers,
    collect: () => {
      if (renewedAtMs.size === 0) age.remove();
      else age.set((performance.now() - Math.min(...renewedAtMs.values())) / 1000);
    },
  });
  const hear = ({ node, event }: LeaseMessage) => {
    if (event === "ended") renewedAtMs.delete(node);
    else renewals.inc({ result: event });
    if (event === "renewed") renewedAtMs.set(node, performance.now());
  };
  return { listeners: { "virtual-kubelet:lease": hear } };
};
