import { setTimeout } from "node:timers/promises";
import type { Nomad } from "@virtual-kubelet/nomad";
import type { Node, Pod } from "@virtual-kubelet/kubernetes";
import { expect } from "vitest";
import { runsOf } from "../src/suite/breakable.ts";
import { container, forEver, pod } from "../src/suite/manifests.ts";
import { NomadNode, inNomad } from "../src/nomad/nomad-node.ts";
import { readyOf } from "../src/suite/own-node.ts";
import { scenario } from "../src/suite/scenario.ts";
import type { Workbench } from "../src/suite/workbench.ts";

// What becomes of pods in a real Nomad when the agent, Nomad, its rights or its room go away. Each has a Nomad and a node of its own.

const names = ["one", "two", "three"];
const isReady = ({ status }: Pod): boolean =>
  status?.conditions?.some((each) => each.type === "Ready" && each.status === "True") ?? false;
const reachable = ({ status }: Node): string | undefined =>
  status?.conditions?.find(({ type }) => type === "ProviderReachable")?.status;

/** Which allocation each job has that runs. */
async function allocations({ client }: Nomad): Promise<ReadonlyMap<string, string>> {
  const all = await client.get<readonly { ID: string; JobID: string; ClientStatus: string }[]>({
    path: "/v1/allocations",
  });
  return new Map(all.flatMap(({ ID, JobID, ClientStatus }) => (ClientStatus === "running" ? [[JobID, ID]] : [])));
}

async function threePods(it: Workbench, { placement }: NomadNode): Promise<readonly Pod[]> {
  await it.apply(...names.map((name) => pod(name, forEver, placement)));
  for (const name of names) await it.untilPod(name, isReady, "Ready");
  return it.pods();
}

async function eventsOf(it: Workbench, name: string): Promise<readonly string[]> {
  const fields = 'jsonpath={range .items[*]}{.type} {.reason}: {.message}{"\\n"}{end}';
  const told = await it.succeed("get", "events", `--field-selector=involvedObject.name=${name}`, "-o", fields);
  return told.split("\n").filter((line) => line.startsWith("Warning"));
}

scenario("[nomad] pods run on while their agent is killed, and are its again when it is back", inNomad, async (it) => {
  await using there = await NomadNode.start(it, "nomad-restarted", { driver: "raw_exec" });
  const { nomad, node, placement } = there;
  const before = runsOf(await threePods(it, there));
  const running = await allocations(nomad);
  expect(running.size).toBe(3);
  await node.agent.kill();
  const [ending] = await it.pods("app=three");
  await it.succeed("delete", "pod", "three", "--wait=false");
  node.agent.restart();
  if (ending) await it.untilGone(ending);
  await it.apply(pod("four", forEver, placement));
  await it.untilPod("four", isReady, "Ready");
  const after = runsOf(await it.pods());
  for (const { metadata } of await it.pods()) {
    if (metadata.name !== "four") expect(after.get(metadata.uid)).toBe(before.get(metadata.uid));
  }
  const now = await allocations(nomad);
  expect(now.size).toBe(3);
  expect([...running].filter(([job, id]) => now.get(job) === id)).toHaveLength(2);
  for (const name of ["one", "two"]) expect((await it.pod(name)).status?.containerStatuses?.[0]?.restartCount).toBe(0);
});

scenario("[nomad] pods run on while Nomad is killed; their node says so, and that it is back", inNomad, async (it) => {
  await using there = await NomadNode.start(it, "nomad-away", { driver: "raw_exec" });
  const { nomad, node, placement } = there;
  const before = runsOf(await threePods(it, there));
  const running = await allocations(nomad);
  await nomad.agent.kill();
  const unreachable = await node.until((seen) => reachable(seen) === "False", "without its provider");
  expect(readyOf(unreachable)).toBe("True");
  for (const each of await it.pods()) expect(each.status?.phase).toBe("Running");
  await it.apply(pod("late", forEver, placement));
  await nomad.agent.start();
  await node.until((seen) => reachable(seen) === "True", "with its provider again");
  await it.untilPod("late", isReady, "Ready");
  const after = runsOf(await it.pods());
  for (const [uid, run] of before) expect(after.get(uid)).toBe(run);
  const now = await allocations(nomad);
  for (const [job, id] of running) expect(now.get(job)).toBe(id);
  await it.succeed("delete", "pod", "one", "--timeout=60s");
  await it.until(async () => (await allocations(nomad)).size === 3, "its job to end");
});

scenario("[nomad] a token without a right is told of in one event, which names the right", inNomad, async (it) => {
  const policy = [
    'namespace "default" {',
    '  capabilities = ["list-jobs", "read-job", "read-logs", "alloc-exec", "read-fs"]',
    '  variables { path "*" { capabilities = ["write", "read", "destroy", "list"] } }',
    "}",
    'node { policy = "read" }',
    'agent { policy = "read" }',
  ].join("\n");
  await using there = await NomadNode.start(it, "nomad-denied", { driver: "raw_exec", acl: true, policy });
  await it.apply(pod("unwanted", forEver, there.placement));
  const events = async (): Promise<readonly string[]> =>
    (await eventsOf(it, "unwanted")).filter((line) => line.includes("submit-job"));
  const [first] = await it.until(async () => {
    const told = await events();
    return told.length > 0 && told;
  }, "an event");
  expect(first).toMatch(/token/i);
  const waiting = await it.pod("unwanted");
  expect(waiting.status?.phase).toBe("Pending");
  // It is tried again, and not told again.
  await setTimeout(10_000);
  expect(await events()).toHaveLength(1);
});

scenario("[nomad] a pod that finds no room waits, and is told what there is too little of", inNomad, async (it) => {
  await using there = await NomadNode.start(it, "nomad-full", { driver: "raw_exec", capacity: { memoryMb: 1000 } });
  const { placement, nomad } = there;
  const memory = (amount: string) => ({
    containers: [container(forEver, { resources: { requests: { memory: amount } } })],
  });
  // Of somebody else: the node does not know of it.
  const task = {
    Name: "main",
    Driver: "mock_driver",
    Config: { run_for: "1h" },
    Resources: { CPU: 20, MemoryMB: 700 },
  };
  const others = { ID: "others", Datacenters: ["dc1"], TaskGroups: [{ Name: "all", Tasks: [task] }] };
  await nomad.client.get({ method: "PUT", path: "/v1/jobs", body: { Job: others } });
  await it.until(async () => (await allocations(nomad)).size === 1, "the other job to run");
  await it.apply(pod("large", forEver, { ...placement, ...memory("500Mi") }));
  const told = await it.until(
    async () => (await eventsOf(it, "large")).find((line) => line.includes("memory")),
    "an event",
  );
  expect(told).toMatch(/memory/);
  expect((await it.pod("large")).status?.phase).toBe("Pending");
  await nomad.client.get({ method: "DELETE", path: "/v1/job/others?purge=true" });
  await it.untilPod("large", isReady, "Ready");
  expect((await eventsOf(it, "large")).filter((line) => line.includes("memory"))).toHaveLength(1);
});

scenario("[nomad] a process that a signal ends is told of with that signal", inNomad, async (it) => {
  await using there = await NomadNode.start(it, "nomad-signalled", { driver: "raw_exec" });
  await it.apply(pod("killed", "kill -9 $$$$", { ...there.placement, restartPolicy: "Never" }));
  const { status } = await it.untilPod("killed", (seen) => seen.status?.phase === "Failed", "Failed");
  expect(status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 137 });
});
