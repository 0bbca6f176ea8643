import { until } from "../bench.ts";
import type { Workload } from "./workload.ts";

/** Lets nobody act any more, and waits until cluster and backend agree. */
export async function untilQuiet(workload: Workload): Promise<void> {
  await workload.pause();
  await until(async () => (await workload.differences()).length === 0, {
    what: "cluster and backend to agree",
    timeoutMs: 30_000,
    otherwise: async () => (await workload.differences()).join("; "),
  });
}
