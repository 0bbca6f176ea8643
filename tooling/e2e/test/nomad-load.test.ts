import { expect } from "vitest";
import { container, pod } from "../src/suite/manifests.ts";
import { NomadNode, inNomad } from "../src/suite/nomad-node.ts";
import { scenario } from "../src/suite/scenario.ts";

const count = 200;
/** From the first request to the last pod Running: two cores do it in less than a minute. */
const limitMs = 240_000;

scenario(`[nomad] ${count} pods run on one Nomad`, { ...inNomad, timeoutMs: 600_000 }, async (it) => {
  await using there = await NomadNode.start(it, "nomad-crowd", {
    driver: "mock_driver",
    capacity: { cpuMhz: 100_000, memoryMb: 100_000 },
    provider: { mhzPerCpu: 1000, defaultResources: { cpu: "20m", memory: "16Mi" } },
  });
  const { nomad, placement } = there;
  const containers = [container("", { command: [], args: ["run_for=1h"] })];
  const names = Array.from({ length: count }, (_, index) => `pod-${index}`);
  const began = performance.now();
  await it.apply(...names.map((name) => pod(name, "", { ...placement, containers })));
  const running = async (): Promise<number> =>
    (await it.pods()).filter(({ status }) => status?.phase === "Running").length;
  await it.until(async () => (await running()) === count, `${count} pods to run`, limitMs);
  const startedMs = performance.now() - began;
  const jobs = await nomad.client.get<readonly { readonly Status: string }[]>({ path: "/v1/jobs?prefix=vk-" });
  expect(jobs.filter(({ Status }) => Status === "running")).toHaveLength(count);
  const endBegan = performance.now();
  await it.succeed("delete", "pod", "--all", "--grace-period=1", "--timeout=240s");
  const endedMs = performance.now() - endBegan;
  await it.until(
    async () => (await nomad.client.get<readonly unknown[]>({ path: "/v1/jobs?prefix=vk-" })).length === 0,
    "their jobs to be gone",
  );
  process.stdout.write(
    `${count} pods in Nomad: running after ${(startedMs / 1000).toFixed(1)} s, gone after ${(endedMs / 1000).toFixed(1)} s\n`,
  );
});
