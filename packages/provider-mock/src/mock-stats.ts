import type { PodState, PodStats, StatsSummary } from "@virtual-kubelet/provider";

/** What every container uses: a thousandth of a core from its start on, and a mebibyte. */
const nanoCores = 1_000_000;
const bytes = 1024 * 1024;

/** The stats of pods of which each container uses the same, whatever it does. */
export function mockStats(pods: readonly PodState[], now: Date, since: Date): StatsSummary {
  const time = now.toISOString();
  const use = (startedAt: Date, count: number) => ({
    cpu: {
      time,
      usageNanoCores: count * nanoCores,
      usageCoreNanoSeconds: (count * nanoCores * Math.max(0, now.getTime() - startedAt.getTime())) / 1000,
    },
    memory: { time, workingSetBytes: count * bytes, rssBytes: count * bytes },
  });
  const stats = pods.map((pod): PodStats => {
    const startTime = pod.status?.startTime ?? time;
    const running = (pod.status?.containerStatuses ?? []).flatMap(({ name, state }) =>
      state?.running ? [{ name, startTime: state.running.startedAt ?? startTime }] : [],
    );
    return {
      podRef: { name: pod.name, namespace: pod.namespace, uid: pod.uid },
      startTime,
      containers: running.map((container) => ({ ...container, ...use(new Date(container.startTime), 1) })),
    };
  });
  return { node: { startTime: since.toISOString(), ...use(since, 1) }, pods: stats };
}
