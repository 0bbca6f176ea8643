import assert from "node:assert/strict";
import type { Pod } from "@virtual-kubelet/kubernetes";
import type { ContainerStats, PodStats } from "@virtual-kubelet/provider";
import type { CheckDefinition } from "../check-definition.ts";
import type { Scene } from "../scene/scene.ts";
import { timeOf } from "../scene/status-facts.ts";
import { untilQuiet } from "../scene/until-quiet.ts";
import { until } from "../scene/within.ts";

const needs = { area: "stats", methods: ["getStats"], workloads: ["run"] } as const;

/** What `getStats` promises. */
export const statsChecks: readonly CheckDefinition[] = [
  {
    ...needs,
    word: "running",
    name: "the stats have each container that runs, with its start and the time of each reading",
    async run(scene) {
      const pod = await scene.createRunning(scene.workloads.run());
      const stats = await statsOf(scene, pod);
      timeOf(stats.startTime, "The start of the container in the stats");
      if (stats.cpu) timeOf(stats.cpu.time, "The time of the CPU's reading");
      if (stats.memory) timeOf(stats.memory.time, "The time of the memory's reading");
      assert.ok(stats.cpu ?? stats.memory, "neither CPU nor memory is told");
    },
  },
  {
    ...needs,
    word: "monotonic",
    name: "the CPU time of a container never falls while it runs",
    async run(scene) {
      const pod = await scene.createRunning(scene.workloads.run());
      let before = 0;
      for (let reading = 0; reading < 3; reading++) {
        const now = (await statsOf(scene, pod)).cpu?.usageCoreNanoSeconds ?? before;
        assert.ok(now >= before, `it fell from ${before} to ${now} ns`);
        before = now;
        await untilQuiet(scene);
      }
    },
  },
  {
    ...needs,
    word: "foreign",
    name: "the stats have no pods of another node on the same backend",
    async run(scene) {
      const other = await scene.live({ ...scene.owner, nodeName: `${scene.owner.nodeName}-b` });
      const foreign = await scene.create(scene.pod(scene.workloads.run()), { life: other });
      const own = await scene.createRunning(scene.workloads.run());
      await statsOf(scene, own);
      const uids = (await readStats(scene)).map(({ podRef }) => podRef.uid);
      assert.ok(!uids.includes(foreign.metadata.uid), "they have one");
    },
  },
];

async function readStats(scene: Scene): Promise<readonly PodStats[]> {
  const { provider, signal } = scene;
  return (await scene.life.soon(() => provider.getStats({ signal }), "getStats")).pods;
}

/** A reading of a container that has just started may have to be waited for. */
async function statsOf(scene: Scene, { metadata }: Pod): Promise<ContainerStats> {
  const { startMs: limitMs, lookMs } = scene.timings;
  return until(
    async () => {
      const pods = await readStats(scene);
      return pods.find(({ podRef }) => podRef.uid === metadata.uid)?.containers.find(({ name }) => name === "main");
    },
    (found): found is ContainerStats => found !== undefined,
    { limitMs, lookMs, what: "the stats of the container", signal: scene.signal },
  );
}
