import type { ContainerStats, PodStats } from "@virtual-kubelet/provider";
import { millisecondsOf } from "./moment.ts";

/**
 * The pods that metrics speak of, each with its containers, no name twice: metrics know pods and containers by name only,
 * and two samples under one name make the whole page unreadable to some. While a pod and its successor of the same name
 * are both there, or two lives of a container, it is the one that started last.
 */
export function newestInstances(pods: readonly PodStats[]): readonly PodStats[] {
  return newest(pods, ({ podRef }) => `${podRef.namespace}/${podRef.name}`).map((pod) => {
    const containers = newest(pod.containers, ({ name }) => name);
    return containers.length === pod.containers.length ? pod : { ...pod, containers };
  });
}

function newest<T extends PodStats | ContainerStats>(instances: readonly T[], nameOf: (instance: T) => string): T[] {
  const byName = new Map<string, T>();
  for (const instance of instances) {
    const name = nameOf(instance);
    const other = byName.get(name);
    if (!other || startOf(instance) >= startOf(other)) byName.set(name, instance);
  }
  return [...byName.values()];
}

function startOf({ startTime }: PodStats | ContainerStats): number {
  return millisecondsOf(startTime) ?? -Infinity;
}
