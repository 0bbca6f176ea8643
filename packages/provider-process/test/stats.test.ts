import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { ContainerStats, PodRef, PodStats } from "@virtual-kubelet/provider";
import { describe, expect, test } from "vitest";
import { memoryLimit } from "../src/stats/control-group.ts";
import { type ProcessNode, StateDirectory, call, shell, until } from "./process-node.ts";

const mebibyte = 1024 * 1024;

/** Burns 30 ms of CPU time in each 100 ms, and says how much it has burnt in all, in microseconds. */
const burner = `
  setInterval(() => {
    const start = process.cpuUsage();
    let used;
    do used = process.cpuUsage(start); while (used.user + used.system < 30000);
    const { user, system } = process.cpuUsage();
    console.log(user + system);
  }, 100)`;

async function podStats(node: ProcessNode, pod: PodRef): Promise<PodStats> {
  const found = (await node.provider.getStats(call)).pods.find(({ podRef }) => podRef.uid === pod.uid);
  if (!found) throw new Error(`There are no stats of ${pod.name}`);
  return found;
}

async function containerStats(node: ProcessNode, pod: PodRef): Promise<ContainerStats> {
  const [container] = (await podStats(node, pod)).containers;
  if (!container) throw new Error(`There are no stats of a container of ${pod.name}`);
  return container;
}

async function lastNumber(node: ProcessNode, pod: PodRef): Promise<number> {
  return Number(await node.logs(pod, { tailLines: 1 }));
}

describe("stats", () => {
  test("count the CPU time of a container truly, over restarts of the agent, and say how much is in use", async () => {
    await using state = new StateDirectory();
    const pod = shell(`exec '${process.execPath}' -e '${burner}'`);
    let first: ContainerStats;
    {
      await using node = await state.node();
      await node.create(pod);
      await node.waitForPhase(pod.metadata, "Running");
      await until(async () => (await lastNumber(node, pod.metadata)) > 300_000, "some CPU time");
      first = await containerStats(node, pod.metadata);
    }
    await using node = await state.node();
    await until(async () => (await lastNumber(node, pod.metadata)) > 1_200_000, "more CPU time");
    const [before, { cpu, startTime }, after] = [
      await lastNumber(node, pod.metadata),
      await containerStats(node, pod.metadata),
      await lastNumber(node, pod.metadata),
    ];
    expect(startTime).toBe(first.startTime);
    expect(cpu?.usageCoreNanoSeconds).toBeGreaterThan(before * 1000 * 0.95);
    expect(cpu?.usageCoreNanoSeconds).toBeLessThan((after + 100_000) * 1000 * 1.05);
    const span = Date.parse(cpu?.time ?? "") - Date.parse(first.cpu?.time ?? "");
    const used = (cpu?.usageCoreNanoSeconds ?? 0) - (first.cpu?.usageCoreNanoSeconds ?? 0);
    expect((cpu?.usageNanoCores ?? 0) / ((used * 1000) / span)).toBeCloseTo(1, 1);
  });

  test.runIf(existsSync("/proc/self/schedstat"))(
    "say of a container that has done next to nothing how little that was, and not nothing",
    async () => {
      await using state = new StateDirectory();
      await using node = await state.node();
      const pod = await node.create(shell("exec sleep 300"));
      await node.waitForPhase(pod, "Running");
      const used = async () => (await containerStats(node, pod)).cpu?.usageCoreNanoSeconds;
      const first = await used();
      expect(first).toBeGreaterThan(0);
      expect(first).toBeLessThan(100_000_000);
      expect(await used()).toBeGreaterThanOrEqual(first ?? 0);
    },
  );

  test("count the CPU time of children that have come and gone unseen", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    // What a shell's `times` says in its second line is what its children have used.
    const burn = "sh -c 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done'";
    const pod = await node.create(shell(`for n in 1 2 3 4 5; do ${burn}; done; times; exec sleep 300`));
    await node.waitForPhase(pod, "Running");
    await until(async () => (await node.logs(pod)).split("\n").length === 3, "the children's times");
    const [, ...times] = /^(\d+)m([\d.]+)s (\d+)m([\d.]+)s/.exec(await node.logs(pod, { tailLines: 1 })) ?? [];
    const [userMinutes = 0, user = 0, systemMinutes = 0, system = 0] = times.map(Number);
    const seconds = (userMinutes + systemMinutes) * 60 + user + system;
    expect(seconds).toBeGreaterThan(0.2);
    const { cpu } = await containerStats(node, pod);
    expect((cpu?.usageCoreNanoSeconds ?? 0) / 1e9 / seconds).toBeCloseTo(1, 1);
  });

  test("tell what a container holds in memory, and how many processes it has", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const size = 200 * mebibyte;
    const pod = await node.create(shell(`(head -c ${size} /dev/zero; exec sleep 300) | tail -c ${size}`));
    await node.waitForPhase(pod, "Running");
    // The shell, the tail, and what the other shell has become once it has fed that; before, it had fed nothing.
    await until(async () => {
      const { memory, process_stats: processes } = await podStats(node, pod);
      return (memory?.workingSetBytes ?? 0) > size / 2 && processes?.process_count === 3;
    }, "the memory to be taken");
    const stats = await podStats(node, pod);
    const [container] = stats.containers;
    expect((container?.memory?.workingSetBytes ?? 0) / size).toBeCloseTo(1, 1);
    expect((container?.memory?.rssBytes ?? 0) / size).toBeCloseTo(1, 1);
    expect(stats.memory).toEqual(container?.memory);
  });

  test("count memory that processes share once", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const size = 64 * mebibyte;
    // Five shells that hold the same text: four are forks of the first, and wait for somebody to write to the pipe.
    const text = `text=$(head -c ${size} /dev/zero | tr '\\0' x)`;
    const pod = await node.create(
      shell(`mkfifo pipe; ${text}; for n in 1 2 3 4; do (read y < pipe) & done; read y < pipe`),
    );
    await node.waitForPhase(pod, "Running");
    await until(async () => (await podStats(node, pod)).process_stats?.process_count === 5, "all of them");
    const { memory } = await containerStats(node, pod);
    expect(memory?.workingSetBytes).toBeGreaterThan(0.95 * size);
    expect(memory?.workingSetBytes).toBeLessThan(3 * size);
  });

  test("begin again, from a later start, when the supervisor that counted is gone", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const pod = await node.create(shell(`exec '${process.execPath}' -e '${burner}'`));
    await node.waitForPhase(pod, "Running");
    await until(async () => (await lastNumber(node, pod)) > 500_000, "some CPU time");
    const before = await podStats(node, pod);
    await state.killSupervisor();
    const after = await podStats(node, pod);
    for (const [was, is] of [
      [before, after],
      [before.containers[0], after.containers[0]],
    ]) {
      expect(Date.parse(is?.startTime ?? "")).toBeGreaterThan(Date.parse(was?.startTime ?? ""));
      expect(is?.cpu?.usageCoreNanoSeconds).toBeLessThan(was?.cpu?.usageCoreNanoSeconds ?? 0);
    }
    const counted = async () => (await containerStats(node, pod)).cpu?.usageCoreNanoSeconds ?? 0;
    await until(async () => (await counted()) > 100_000_000, "the new count to grow");
  });

  test("of a pod go on counting when its container starts again", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const burn = `'${process.execPath}' -e 'while (process.cpuUsage().user < 300000);'`;
    const script = `if [ -e ../../../again ]; then exec sleep 300; fi; ${burn}; : > ../../../burnt; while [ ! -e ../../../again ]; do sleep 0.01; done`;
    const pod = await node.create(shell(script, { restartPolicy: "Always" }));
    const folder = `${state.path}/pods/${pod.uid}`;
    await until(() => existsSync(`${folder}/burnt`), "the first run's work");
    const first = await podStats(node, pod);
    expect(first.cpu?.usageCoreNanoSeconds).toBe(first.containers[0]?.cpu?.usageCoreNanoSeconds);
    writeFileSync(`${folder}/again`, "");
    await node.waitFor(pod, ({ containerStatuses }) => containerStatuses?.[0]?.restartCount === 1, "a restart");
    const second = await podStats(node, pod);
    expect(second.containers[0]?.cpu?.usageCoreNanoSeconds).toBeLessThan(200_000_000);
    expect(Date.parse(second.containers[0]?.startTime ?? "")).toBeGreaterThan(Date.parse(first.startTime));
    expect(second.startTime).toBe(first.startTime);
    expect(second.cpu?.usageCoreNanoSeconds).toBeGreaterThanOrEqual(first.cpu?.usageCoreNanoSeconds ?? 0);
  });

  test("of the node are the machine's, or those of what it may use of it", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const { node: first } = await node.provider.getStats(call);
    expect(Math.abs(Date.parse(first.startTime) - (Date.now() - uptimeMs()))).toBeLessThan(5000);
    const total = Number(/^MemTotal:\s+(\d+)/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1]) * 1024;
    expect((first.memory?.workingSetBytes ?? 0) + (first.memory?.availableBytes ?? 0)).toBe(memoryLimit() ?? total);
    expect(first.fs).toMatchObject({ capacityBytes: expect.any(Number), inodes: expect.any(Number) });
    expect(first.fs?.availableBytes).toBeLessThanOrEqual(first.fs?.capacityBytes ?? 0);
    expect(first.cpu?.usageNanoCores).toBeUndefined();
    await sleep(1100);
    const { node: second } = await node.provider.getStats(call);
    expect(second.cpu?.usageCoreNanoSeconds).toBeGreaterThanOrEqual(first.cpu?.usageCoreNanoSeconds ?? 0);
    expect(second.cpu?.usageNanoCores).toBeGreaterThanOrEqual(0);
  });

  test("are of containers that run, and of pods of this node", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    await using other = await state.node({ nodeName: "other" });
    const ended = await node.create(shell("true"));
    await node.waitForPhase(ended, "Succeeded");
    expect((await podStats(node, ended)).containers).toEqual([]);
    const { pods } = await other.provider.getStats(call);
    expect(pods).toEqual([]);
  });
});

function uptimeMs(): number {
  return Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]) * 1000;
}
