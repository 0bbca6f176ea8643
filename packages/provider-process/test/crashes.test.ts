import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import type { Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Pod } from "@virtual-kubelet/kubernetes";
import { describe, expect, test } from "vitest";
import { StateDirectory, call, isGone, shell, until } from "./process-node.ts";

/** Starts an agent of its own with a pod, and kills it without a warning once the pod has the phase. */
async function killAgentAt(phase: string | undefined, directory: string, pod: Pod): Promise<void> {
  const program = fileURLToPath(new URL("agent.ts", import.meta.url));
  const agent = spawn(process.execPath, [program, directory, JSON.stringify(pod)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  agent.stdout.on("data", (bytes) => (output += String(bytes)));
  if (phase) await until(() => output.includes(phase), `the agent to say ${phase}`);
  const ended = new Promise((resolve) => agent.once("exit", resolve));
  agent.kill("SIGKILL");
  await ended;
}

const numbers = (count: number): string => Array.from({ length: count }, (_, index) => `${index}\n`).join("");

describe("after kill -9 of the agent", () => {
  test("a running pod is found again, neither restarted nor doubled", async () => {
    await using state = new StateDirectory();
    const pod = shell("exec sleep 300", { restartPolicy: "Always" });
    await killAgentAt("Running", state.path, pod);
    await until(() => state.processes().length === 1, "one process");
    const [pid] = state.processes();

    await using node = await state.node();
    await node.provider.adoptPod(pod, { ...call, observed: pod.metadata });
    await node.create(pod);
    const status = await node.waitForPhase(pod.metadata, "Running");

    expect(status.containerStatuses).toMatchObject([{ restartCount: 0, ready: true }]);
    expect(state.processes()).toEqual([pid]);
  });

  test("what ended meanwhile shows its true exit code and its whole output", async () => {
    await using state = new StateDirectory();
    const pod = shell(`i=0; while [ $i -lt 300 ]; do echo $i; i=$((i+1)); sleep 0.002; done; exit 42`);
    await killAgentAt("Running", state.path, pod);
    await until(() => state.processes().length === 0, "the container's end");

    await using node = await state.node();
    const status = await node.waitForPhase(pod.metadata, "Failed");

    expect(status.containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 42, reason: "Error" });
    expect(await node.logs(pod.metadata)).toBe(numbers(300));
  });

  test("an input for many is still open, and what is sent arrives", async () => {
    await using state = new StateDirectory();
    const pod = shell('while read line; do echo "got $line"; done', {}, { stdin: true });
    await killAgentAt("Running", state.path, pod);

    await using node = await state.node();
    const streams = { tty: false, stdin: true, stdout: true, stderr: true };
    const process = await node.provider.attach({ pod: pod.metadata, container: "app" }, { ...call, ...streams });
    (process.stdin as Writable).write("word\n");
    await until(async () => (await node.logs(pod.metadata)) !== "", "the answer");
    expect(await node.logs(pod.metadata)).toBe("got word\n");
  });

  test("what a container has used is still counted, from its start on", async () => {
    await using state = new StateDirectory();
    const burn = `while (process.cpuUsage().user < 500000); console.log(process.cpuUsage().user + process.cpuUsage().system); setInterval(() => {}, 60000)`;
    const pod = shell(`exec '${process.execPath}' -e '${burn}'`);
    await killAgentAt("Running", state.path, pod);

    await using node = await state.node();
    await until(async () => (await node.logs(pod.metadata)) !== "", "the work to be done");
    const microseconds = Number(await node.logs(pod.metadata));
    const [stats] = (await node.provider.getStats(call)).pods;
    const container = stats?.containers[0];
    expect((container?.cpu?.usageCoreNanoSeconds ?? 0) / (microseconds * 1000)).toBeCloseTo(1, 1);
    const { containerStatuses } = await node.waitForPhase(pod.metadata, "Running");
    const { startedAt = "" } = containerStatuses?.[0]?.state?.running ?? {};
    expect(container?.startTime.slice(0, 19)).toBe(startedAt.slice(0, 19));
  });

  test("a pod that was being started runs once", async () => {
    await using state = new StateDirectory();
    const pod = shell("echo once >> ../../../count; exec sleep 300", { restartPolicy: "Always" });
    await killAgentAt("Pending", state.path, pod);

    await using node = await state.node();
    await node.create(pod);
    await node.waitForPhase(pod.metadata, "Running");
    const count = `${state.path}/pods/${pod.metadata.uid}/count`;
    const marks = () => (existsSync(count) ? readFileSync(count, "utf8") : "");
    await until(() => marks() !== "", "the container");

    expect(marks()).toBe("once\n");
    expect(state.processes()).toHaveLength(1);
  });
});

describe("[35] after kill -9 of the supervisor, as where memory runs out", () => {
  test("a running container is adopted, keeps what it wrote meanwhile, and ends as unknown", async () => {
    await using state = new StateDirectory();
    // More than a pipe holds: without a reader it has to wait, and must neither end nor lose a line.
    const lines = 20_000;
    const script = `wait_for() { while [ ! -e "$1" ]; do sleep 0.01; done; }; wait_for begin; : > begun; seq 0 ${lines - 1}; wait_for end; exit 9`;
    const pod = shell(script);
    const work = `${state.path}/pods/${pod.metadata.uid}/app/0/work`;
    {
      await using node = await state.node();
      await node.create(pod);
      await node.waitForPhase(pod.metadata, "Running");
    }
    const { process: main } = JSON.parse(readFileSync(`${work}/../run.json`, "utf8")) as { process: { pid: number } };
    await state.killSupervisor();
    writeFileSync(`${work}/begin`, "");
    await until(() => existsSync(`${work}/begun`), "the output to begin");

    await using node = await state.node();
    const status = await node.waitForPhase(pod.metadata, "Running");
    expect(status.containerStatuses).toMatchObject([{ restartCount: 0 }]);
    expect(state.processes()).toContain(main.pid);
    await until(async () => (await node.logs(pod.metadata, { tailLines: 1 })) === `${lines - 1}\n`, "the output");
    expect(await node.logs(pod.metadata)).toBe(numbers(lines));

    writeFileSync(`${work}/end`, "");
    const { containerStatuses } = await node.waitForPhase(pod.metadata, "Failed");
    expect(containerStatuses?.[0]?.state?.terminated).toMatchObject({
      exitCode: 137,
      reason: "ContainerStatusUnknown",
    });
  });

  test("what ended while there was none is unknown, and its descendants end", async () => {
    await using state = new StateDirectory();
    const pod = shell("(setsid sleep 300 >/dev/null 2>&1 &); sleep 0.3; exit 0");
    {
      await using node = await state.node();
      await node.create(pod);
      await until(() => state.processes().length === 3, "the tree");
    }
    await state.killSupervisor();
    await until(() => state.processes().length === 1, "the main process's end");

    await using node = await state.node();
    const { containerStatuses } = await node.waitForPhase(pod.metadata, "Failed");
    expect(containerStatuses?.[0]?.state?.terminated?.reason).toBe("ContainerStatusUnknown");
    expect(state.processes()).toEqual([]);
  });

  test("an end that was asked for is still due", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const pod = await node.create(shell("trap '' TERM; echo up; while :; do sleep 0.05; done"));
    await until(
      async () => (await node.status(pod))?.phase === "Running" && (await node.logs(pod)) === "up\n",
      "the trap",
    );
    await node.provider.deletePod(pod, { ...call, gracePeriodSeconds: 1 });
    await until(
      () => readFileSync(`${state.path}/pods/${pod.uid}/app/0/run.json`, "utf8").includes("stopByMs"),
      "the request",
    );

    await state.killSupervisor();

    await node.waitForPhase(pod, "Failed");
    expect(state.processes()).toEqual([]);
  });

  test("a run whose log cannot be opened any more keeps no other from being found again", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const broken = await node.create(shell("exec sleep 300"));
    const whole = await node.create(shell("exec sleep 301"));
    for (const pod of [broken, whole]) await node.waitForPhase(pod, "Running");
    const log = `${state.path}/pods/${broken.uid}/app/0/log`;
    rmSync(log);
    mkdirSync(log);

    await state.killSupervisor();
    try {
      await node.provider.ping({ signal: AbortSignal.timeout(5000) });
    } finally {
      rmSync(log, { recursive: true });
    }
    for (const pod of [broken, whole])
      expect((await node.waitForPhase(pod, "Running")).containerStatuses).toHaveLength(1);
    await node.delete(broken);
  });

  test("one supervisor is at work however many are started", async () => {
    await using state = new StateDirectory();
    const nodes = await Promise.all(Array.from({ length: 4 }, (_, index) => state.node({ nodeName: `node-${index}` })));
    await Promise.all(nodes.map(async (node) => node.provider.ping(call)));
    const pid = await state.supervisorPid();
    expect(state.supervisors()).toEqual([pid]);
    const holders = readdirSync(state.path).filter((name) => name.startsWith("lock."));
    expect(holders).toHaveLength(1);
    expect(JSON.parse(readFileSync(`${state.path}/${holders[0]}`, "utf8"))).toMatchObject({ pid });
    await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()));
  });

  test("it ends by itself when nothing is left to do", async () => {
    await using state = new StateDirectory();
    {
      await using node = await state.node();
      const pod = await node.create(shell("true"));
      await node.waitForPhase(pod, "Succeeded");
    }
    const pid = await state.supervisorPid();
    await until(() => isGone(pid), "the supervisor's end");
    expect(state.processes()).toEqual([]);
  });
});
