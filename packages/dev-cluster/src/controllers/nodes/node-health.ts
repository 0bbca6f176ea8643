import type { Lease, Node, NodeCondition } from "@virtual-kubelet/kubernetes";

/** What a node said last, and when that was noticed by this machine's clock: the clocks of nodes are not trusted. */
export interface Heartbeat {
  readonly uid: string;
  readonly renewTime: string | undefined;
  readonly report: string;
  readonly seenAtMs: number;
}

/** The heartbeat after a look at a node and its lease: a new one when the lease was renewed or the node reported since. */
export function heartbeatOf(
  node: Node,
  lease: Lease | undefined,
  look: { readonly previous: Heartbeat | undefined; readonly nowMs: number },
): Heartbeat {
  const { previous, nowMs } = look;
  const ready = node.status?.conditions?.find(({ type }) => type === "Ready");
  const { uid } = node.metadata;
  const renewTime = lease?.spec?.renewTime;
  const report = `${ready?.status} ${ready?.lastHeartbeatTime}`;
  const renewed = renewTime !== undefined && renewTime !== previous?.renewTime;
  const reported = report !== previous?.report && ready?.status !== "Unknown";
  const alive = previous?.uid !== uid || renewed || reported;
  return { uid, renewTime, report, seenAtMs: alive ? nowMs : previous.seenAtMs };
}

const watchedConditions = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];

/** The conditions of a node of which nothing was heard for too long (controller-manager, `monitorNodeHealth`). */
export function unknownConditions(node: Node, now: string): readonly NodeCondition[] {
  const current = node.status?.conditions ?? [];
  const unknown = watchedConditions.map((type): NodeCondition => {
    const before = current.find((condition) => condition.type === type);
    if (before?.status === "Unknown") return before;
    const words = before
      ? { reason: "NodeStatusUnknown", message: "Kubelet stopped posting node status." }
      : { reason: "NodeStatusNeverUpdated", message: "Kubelet never posted node status." };
    return { ...before, type, status: "Unknown", ...words, lastTransitionTime: now };
  });
  const byType = new Map([...current, ...unknown].map((condition) => [condition.type, condition]));
  return [...byType.values()];
}
