import { readFileSync } from "node:fs";
import { exitCodeOf } from "@virtual-kubelet/bootstrap/plain-failure";
import { ordinaryAddress } from "@virtual-kubelet/e2e/own-network";
import type { ConformancePlan } from "./cluster/conformance-plan.ts";
import { runInCluster } from "./cluster/run-in-cluster.ts";

/** `node src/run-in-network.ts PLAN`: what `main.ts` has prepared, in the network that it has made. */
process.exitCode = await exitCodeOf(async () => {
  const plan = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as ConformancePlan;
  await runInCluster(plan, ordinaryAddress() ?? "127.0.0.1");
  return 0;
});
