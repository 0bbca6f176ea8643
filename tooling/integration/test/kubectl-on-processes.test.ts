import { Belongings } from "../src/belongings.ts";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { spawn as spawnTerminal } from "@lydell/node-pty";
import { startDevCluster } from "@virtual-kubelet/dev-cluster";
import { KubernetesClient, resources } from "@virtual-kubelet/kubernetes";
import { stopSupervisor } from "@virtual-kubelet/provider-process";
import { describe, expect, test } from "vitest";
import { AgentProcess, type AgentProcessOptions } from "../src/agent-crashes/agent-process.ts";
import { kubectl } from "../src/kubectl.ts";
import { eventually } from "./cluster-with-node.ts";

interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A cluster, the agent as a program of its own, real processes, and a real kubectl: all that `npm start` gives. */
async function workshop(options: Pick<AgentProcessOptions, "taints"> = {}) {
  await using stack = new Belongings();
  const directory = mkdtempSync(join(tmpdir(), "vk-workshop-"));
  const state = join(directory, "state");
  stack.defer(() => rmSync(directory, { recursive: true, force: true }));
  stack.defer(() => stopSupervisor({ directory: state }));
  const cluster = stack.use(await startDevCluster({ timing: { jobRetryMs: 50 } }));
  const client = stack.use(new KubernetesClient({ connection: cluster.connection() }));
  const kubeconfig = join(directory, "kubeconfig");
  writeFileSync(kubeconfig, cluster.kubeconfig());
  writeFileSync(
    join(directory, "node.kubeconfig"),
    cluster.kubeconfig({ user: "system:node:edge", groups: ["system:nodes"] }),
  );
  writeFileSync(join(directory, "provider.json"), JSON.stringify({ directory: state, address: "127.0.0.1" }));
  const agent = stack.use(
    new AgentProcess({
      kubeconfig: join(directory, "node.kubeconfig"),
      providerConfig: join(directory, "provider.json"),
      nodeName: "edge",
      ...options,
    }),
  );
  const program = await kubectl();
  const run = async (...args: string[]): Promise<Answer> => {
    try {
      const { stdout, stderr } = await promisify(execFile)(program, ["--kubeconfig", kubeconfig, ...args], {
        timeout: 60_000,
      });
      return { code: 0, stdout, stderr };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { code, stdout, stderr };
    }
  };
  const apply = async (...objects: object[]): Promise<void> => {
    const file = join(directory, "manifest.yaml");
    writeFileSync(file, objects.map((object) => JSON.stringify(object)).join("\n---\n"));
    expect(await run("apply", "-f", file)).toMatchObject({ code: 0, stderr: "" });
  };
  await eventually(async () => {
    if (agent.hasEnded) throw new Error(agent.output);
    await client.get(resources.nodes, { name: "edge" });
  }, 15_000);
  const owned = stack.move();
  return {
    directory,
    kubeconfig,
    program,
    run,
    apply,
    client,
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

const metadata = (name: string) => ({ name, namespace: "default" });
const container = (script: string, more: object = {}) => ({
  name: "main",
  image: "host",
  command: ["sh", "-c", script],
  ...more,
});

describe("kubectl, on pods that are processes", { timeout: 60_000 }, () => {
  test("rolls out a Deployment, whose pods have their ConfigMap, answer exec and stream logs until they are deleted", async () => {
    await using it = await workshop();
    const labels = { app: "web" };
    const env = [
      { name: "COLOR", valueFrom: { configMapKeyRef: { name: "settings", key: "color" } } },
      { name: "ME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
    ];
    await it.apply(
      { apiVersion: "v1", kind: "ConfigMap", metadata: metadata("settings"), data: { color: "blue" } },
      {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: metadata("web"),
        spec: {
          replicas: 3,
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: {
              terminationGracePeriodSeconds: 1,
              containers: [container('echo "$ME is $COLOR"; exec sleep 1000', { env })],
            },
          },
        },
      },
    );
    expect(await it.run("rollout", "status", "deployment/web", "--timeout=30s")).toMatchObject({ code: 0 });
    expect(await it.run("wait", "--for=condition=Available", "deployment/web", "--timeout=5s")).toMatchObject({
      code: 0,
    });
    const [name = ""] = (
      await it.run("get", "pods", "-l", "app=web", "-o", "jsonpath={.items[*].metadata.name}")
    ).stdout.split(" ");

    expect(await it.run("logs", name)).toEqual({ code: 0, stdout: `${name} is blue\n`, stderr: "" });
    expect(await it.run("exec", name, "--", "sh", "-c", "echo out; echo err >&2; exit 7")).toEqual({
      code: 7,
      stdout: "out\n",
      stderr: "err\ncommand terminated with exit code 7\n",
    });
    const follower = spawn(it.program, ["--kubeconfig", it.kubeconfig, "logs", "-f", name], { timeout: 60_000 });
    const ended = once(follower, "close");
    let followed = "";
    for (const output of [follower.stdout, follower.stderr]) output.on("data", (bytes) => (followed += String(bytes)));
    await eventually(() => expect(followed).toBe(`${name} is blue\n`), 15_000);
    expect(await it.run("delete", "deployment", "web", "--timeout=30s")).toMatchObject({ code: 0 });
    expect(await ended).toEqual([0, null]);
    expect(followed).toBe(`${name} is blue\n`);
    expect(await it.run("wait", "--for=delete", "pods", "-l", "app=web", "--timeout=30s")).toMatchObject({ code: 0 });
  });

  test("sees a Job fail twice and then succeed, with the true exit codes", async () => {
    await using it = await workshop();
    const tries = join(it.directory, "tries");
    const script = `n=$(cat ${tries} 2>/dev/null || echo 0); n=$((n+1)); echo $n > ${tries}; echo "try $n"; [ $n -ge 3 ] || exit $n`;
    await it.apply({
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: metadata("stubborn"),
      spec: { backoffLimit: 4, template: { spec: { restartPolicy: "Never", containers: [container(script)] } } },
    });
    expect(await it.run("wait", "--for=condition=Complete", "job/stubborn", "--timeout=40s")).toMatchObject({
      code: 0,
    });
    const { items } = await it.client.list(resources.pods, { labelSelector: "job-name=stubborn" });
    const codes = items.map(({ status }) => status?.containerStatuses?.[0]?.state?.terminated?.exitCode);
    expect(new Set(codes)).toEqual(new Set([0, 1, 2]));
    expect(codes).toHaveLength(3);
    const job = await it.client.get(resources.jobs, { namespace: "default", name: "stubborn" });
    expect(job.status).toMatchObject({ succeeded: 1, failed: 2 });
    expect((await it.run("logs", "job/stubborn")).code).toBe(0);
  });

  test("keeps pods away from a node whose provider they do not ask for, as it comes", async () => {
    await using it = await workshop({ taints: "default" });
    const spec = { terminationGracePeriodSeconds: 0, containers: [container("exec sleep 1000")] };
    const tolerations = [
      { key: "virtual-kubelet.io/provider", operator: "Equal", value: "process", effect: "NoSchedule" },
    ];
    await it.apply(
      { apiVersion: "v1", kind: "Pod", metadata: metadata("stranger"), spec },
      { apiVersion: "v1", kind: "Pod", metadata: metadata("guest"), spec: { ...spec, tolerations } },
    );
    expect(await it.run("wait", "--for=condition=Ready", "pod/guest", "--timeout=30s")).toMatchObject({ code: 0 });
    const { stdout } = await it.run("get", "pod", "stranger", "-o", "jsonpath={.status.phase} {.spec.nodeName}");
    expect(stdout).toBe("Pending ");
  });

  test("opens a terminal in a container, of the size of its own, and ends with its exit code", async () => {
    await using it = await workshop();
    await it.apply({
      apiVersion: "v1",
      kind: "Pod",
      metadata: metadata("shell"),
      spec: { terminationGracePeriodSeconds: 0, containers: [container("exec sleep 1000")] },
    });
    expect(await it.run("wait", "--for=condition=Ready", "pod/shell", "--timeout=30s")).toMatchObject({ code: 0 });
    const terminal = spawnTerminal(it.program, ["--kubeconfig", it.kubeconfig, "exec", "-it", "shell", "--", "sh"], {
      cols: 101,
      rows: 33,
    });
    let screen = "";
    terminal.onData((text) => (screen += text));
    const ended = new Promise<number>((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)));
    await eventually(() => expect(screen).toMatch(/[#$] $/), 15_000);
    terminal.write("stty size; test -t 0 && echo a-terminal; exit 5\r");
    expect(await ended).toBe(5);
    expect(screen).toContain("33 101");
    expect(screen).toContain("a-terminal");
  });

  test("debugs a running pod from a container of its own, on a terminal", async () => {
    await using it = await workshop();
    await it.apply({
      apiVersion: "v1",
      kind: "Pod",
      metadata: metadata("odd"),
      spec: { terminationGracePeriodSeconds: 0, containers: [container("exec sleep 1000")] },
    });
    expect(await it.run("wait", "--for=condition=Ready", "pod/odd", "--timeout=30s")).toMatchObject({ code: 0 });
    const debug = ["debug", "-it", "odd", "--image=host", "--container=tools", "--target=main", "--", "sh"];
    const terminal = spawnTerminal(it.program, ["--kubeconfig", it.kubeconfig, ...debug], { cols: 101, rows: 33 });
    let screen = "";
    terminal.onData((text) => (screen += text));
    const ended = new Promise<number>((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)));
    await eventually(() => expect(screen).toContain("If you don't see a command prompt"), 15_000);
    expect(await it.run("exec", "odd", "-c", "tools", "--", "echo", "beside")).toMatchObject({ stdout: "beside\n" });
    terminal.write("test -t 0 && echo $((6*7)); exit 3\r");
    await ended;
    expect(screen).toContain("42");

    await eventually(async () => {
      const { status } = await it.client.get(resources.pods, { namespace: "default", name: "odd" });
      expect(status).toMatchObject({
        phase: "Running",
        containerStatuses: [{ restartCount: 0, ready: true }],
        ephemeralContainerStatuses: [{ name: "tools", restartCount: 0, state: { terminated: { exitCode: 3 } } }],
      });
    }, 15_000);
    expect((await it.run("logs", "odd", "-c", "tools")).stdout).toContain("42");
    expect((await it.run("describe", "pod", "odd")).stdout).toMatch(/Started\s.*Container started/);
  });

  test("is told why a pod waits: by its status, and by an event", async () => {
    await using it = await workshop();
    await it.apply(
      {
        apiVersion: "v1",
        kind: "Pod",
        metadata: metadata("imageless"),
        spec: { containers: [{ name: "main", image: "nginx" }] },
      },
      {
        apiVersion: "v1",
        kind: "Pod",
        metadata: metadata("waiting"),
        spec: {
          containers: [container("exec sleep 1000", { envFrom: [{ configMapRef: { name: "late" } }] })],
          terminationGracePeriodSeconds: 0,
        },
      },
    );
    const waiting = async (name: string) =>
      (await it.client.get(resources.pods, { namespace: "default", name })).status?.containerStatuses?.[0]?.state
        ?.waiting;
    await eventually(async () => {
      expect((await waiting("imageless"))?.message).toContain("command");
      expect(await waiting("waiting")).toEqual({
        reason: "CreateContainerConfigError",
        message: 'configmap "late" not found',
      });
    }, 15_000);
    expect((await it.run("describe", "pod", "imageless")).stdout).toMatch(/Warning\s+Unsupported/);
    await it.apply({ apiVersion: "v1", kind: "ConfigMap", metadata: metadata("late"), data: { HERE: "now" } });
    expect(await it.run("wait", "--for=condition=Ready", "pod/waiting", "--timeout=40s")).toMatchObject({ code: 0 });
    expect(await it.run("exec", "waiting", "--", "printenv", "HERE")).toMatchObject({ code: 0, stdout: "now\n" });
  });
});
