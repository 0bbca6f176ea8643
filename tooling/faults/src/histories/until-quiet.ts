import type { Workload } from "./workload.ts";
import { until } from "../until.ts";

/** Lets nobody act any more, and waits until cluster and backend agree. `complaints`: what else to tell when they do not. */
export async function untilQuiet(workload: Workload, complaints: () => string = () => ""): Promise<void> {
  await workload.pause();
  await until(async () => (await workload.differences()).length === 0, {
    what: "cluster and backend to agree",
    timeoutMs: 60_000,
    otherwise: async () => `${(await workload.differences()).join("; ")} ${complaints()}`,
  });
}
