import { resources } from "@virtual-kubelet/kubernetes";
import { expect } from "vitest";
import { NomadNode, inNomad } from "../src/nomad/nomad-node.ts";
import { scenario } from "../src/suite/scenario.ts";
import type { Workbench } from "../src/suite/workbench.ts";

const count = 200;
/** From the first request to the last pod Running, and from the first deletion to the last pod gone: two cores do each in 20 s. */
const limitMs = 180_000;

scenario(`[nomad] ${count} pods run on one Nomad`, { ...inNomad, timeoutMs: 600_000 }, async (it) => {
  await using there = await NomadNode.start(it, "nomad-crowd", {
    driver: "mock_driver",
    capacity: { cpuMhz: 100_000, memoryMb: 100_000 },
    provider: { mhzPerCpu: 1000, defaultResources: { cpu: "20m", memory: "16Mi" } },
  });
  const { nomad, placement } = there;
  const jobs = (): Promise<readonly { readonly Status: string }[]> => nomad.client.get({ path: "/v1/jobs?prefix=vk-" });
  const spec = { ...placement, containers: [{ name: "main", image: "none", args: ["run_for=1h"] }] };
  const names = Array.from({ length: count }, (_, index) => `pod-${index}`);
  const { namespace, client } = it;
  const started = await timed(async () => {
    // kubectl would take longer over it than all others.
    await Promise.all(names.map((name) => client.create(resources.pods, { metadata: { namespace, name }, spec })));
    const isDone = async (): Promise<boolean> => (await it.pods()).every(({ status }) => status?.phase === "Running");
    await it.until(isDone, `${count} pods to run`, limitMs);
  });
  expect((await jobs()).filter(({ Status }) => Status === "running")).toHaveLength(count);
  const ended = await timed(async () => {
    await Promise.all(names.map((name) => client.delete(resources.pods, { namespace, name })));
    await it.until(async () => (await it.pods()).length === 0, "all to be gone", limitMs);
  });
  await it.until(async () => (await jobs()).length === 0, "their jobs to be gone");
  const written = await statusWrites(it);
  process.stdout.write(
    `${count} pods in Nomad: running after ${started} s, gone after ${ended} s${written === undefined ? "" : `; pods' statuses written ${written} times, by all nodes`}\n`,
  );
});

async function timed(run: () => Promise<void>): Promise<string> {
  const began = performance.now();
  await run();
  return ((performance.now() - began) / 1000).toFixed(1);
}

/** As a real API server counts them. */
async function statusWrites(it: Workbench): Promise<number | undefined> {
  if (it.stage.release === undefined) return undefined;
  const text = await it.succeed("get", "--raw", "/metrics");
  const lines = text
    .split("\n")
    .filter((line) => /^apiserver_request_total\{.*resource="pods".*subresource="status".*verb="PATCH"/.test(line));
  return lines.reduce((total, line) => total + Number(line.split(" ").at(-1)), 0);
}
