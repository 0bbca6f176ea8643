import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type DevCluster, startDevCluster } from "@virtual-kubelet/dev-cluster";
import { KubernetesClient, resources } from "@virtual-kubelet/kubernetes";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { kubectl } from "../src/kubectl.ts";
import { type TinyKubelet, startTinyKubelet } from "./tiny-kubelet.ts";

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let cluster: DevCluster;
let kubelet: TinyKubelet;
let client: KubernetesClient;
let binary: string;
let folder: string;

beforeAll(async () => {
  binary = await kubectl();
  folder = await mkdtemp(join(tmpdir(), "kubectl-tour-"));
  cluster = await startDevCluster();
  kubelet = await startTinyKubelet(cluster.certificateAuthority);
  client = new KubernetesClient({ connection: cluster.connection() });
  await writeFile(join(folder, "kubeconfig"), cluster.kubeconfig());
  await registerNode();
}, 200_000);

afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await kubelet[Symbol.asyncDispose]();
  await cluster[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function registerNode(): Promise<void> {
  const now = new Date().toISOString();
  await client.create(resources.nodes, {
    metadata: { name: "tiny" },
    spec: {},
    status: {
      addresses: [{ type: "InternalIP", address: "127.0.0.1" }],
      daemonEndpoints: { kubeletEndpoint: { Port: kubelet.port } },
      capacity: { cpu: "4", memory: "8Gi", pods: "20" },
      allocatable: { cpu: "4", memory: "8Gi", pods: "20" },
      conditions: [
        {
          type: "Ready",
          status: "True",
          reason: "KubeletReady",
          message: "",
          lastHeartbeatTime: now,
          lastTransitionTime: now,
        },
      ],
    },
  });
}

function start(words: readonly string[]): ChildProcess {
  return spawn(binary, words, {
    env: { PATH: process.env["PATH"], HOME: folder, KUBECONFIG: join(folder, "kubeconfig") },
  });
}

/** How much it has printed so far. */
function bytesFrom(child: ChildProcess): number {
  return (child.stdout as Socket).bytesRead;
}

/** Runs kubectl to its end. */
async function k(line: string | readonly string[], stdin = ""): Promise<Outcome> {
  const child = start(typeof line === "string" ? line.split(" ") : line);
  child.stdin?.end(stdin);
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout!), text(child.stderr!), ended]);
  return { code, stdout, stderr };
}

async function apply(manifest: object, ...flags: readonly string[]): Promise<Outcome> {
  return k(["apply", ...flags, "-f", "-"], JSON.stringify(manifest));
}

function pod(name: string, spec: object = {}): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { app: name } },
    spec: { containers: [{ name: "main", image: "x:1" }], ...spec },
  };
}

/** Does what the node would do. */
async function markRunning(name: string): Promise<void> {
  const status = {
    phase: "Running",
    podIP: "10.1.0.7",
    conditions: [{ type: "Ready", status: "True" }],
    containerStatuses: [
      { name: "main", image: "x:1", imageID: "", ready: true, restartCount: 2, state: { running: {} } },
    ],
  };
  await client.patch(
    resources.pods,
    { namespace: "default", name },
    { subresource: "status", patch: { type: "strategic", body: { status } } },
  );
}

function names(of: object): readonly string[] {
  return (of as { items: { metadata: { name: string } }[] }).items.map((item) => item.metadata.name);
}

describe("kubectl", () => {
  test("finds its way around the server", async () => {
    expect((await k("version")).stdout).toContain("Server Version: v1.36");
    expect((await k("cluster-info")).stdout).toContain(cluster.url);
    expect((await k("auth whoami")).stdout).toMatch(/Username\s+admin/);
    expect((await k("api-resources")).stdout).toMatch(/deployments\s+deploy\s+apps\/v1\s+true\s+Deployment/);
    expect((await k("get nodes -o wide")).stdout).toMatch(
      /NAME\s+STATUS\s+ROLES\s+AGE\s+VERSION\s+INTERNAL-IP[\s\S]*tiny\s+Ready\s+<none>/,
    );
  });

  test("creates by generator, which sends protobuf", async () => {
    expect(await k("create deployment gen --image=x:1 --replicas=0 --port=80")).toMatchObject({ code: 0, stderr: "" });
    const deployment = await client.get(resources.deployments, { namespace: "default", name: "gen" });
    expect(deployment.spec.replicas).toBe(0);
    expect(deployment.spec.template.spec?.containers[0]).toMatchObject({
      name: "x",
      image: "x:1",
      ports: [{ containerPort: 80, protocol: "TCP" }],
    });
    expect((await k("create secret generic word --from-literal=pass=sesame")).code).toBe(0);
    expect((await k("get secret word -o jsonpath={.data.pass}")).stdout).toBe(Buffer.from("sesame").toString("base64"));
    expect((await k("create job once --image=x:1 -- work hard")).code).toBe(0);
    expect((await k("get job once -o jsonpath={.spec.template.spec.containers[0].command}")).stdout).toBe(
      '["work","hard"]',
    );
    await k("delete job/once deploy/gen secret/word");
  });

  test("applies again only what has changed, and removes what is no longer there", async () => {
    const manifest = (data: object) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "colours" }, data });
    expect((await apply(manifest({ sky: "blue", sun: "red" }))).stdout).toBe("configmap/colours created\n");
    expect((await apply(manifest({ sky: "blue", sun: "red" }))).stdout).toBe("configmap/colours unchanged\n");
    expect((await apply(manifest({ sky: "grey" }))).stdout).toBe("configmap/colours configured\n");
    expect((await k("get cm colours -o jsonpath={.data}")).stdout).toBe('{"sky":"grey"}');
    expect((await apply(manifest({ sky: "black" }), "--server-side", "--field-manager=night")).code).toBe(0);
    const other = await apply(manifest({ sky: "white" }), "--server-side", "--field-manager=day");
    expect(other.code).toBe(1);
    expect(other.stderr).toContain('conflict with "night": .data.sky');
    expect(
      (await apply(manifest({ sky: "white" }), "--server-side", "--field-manager=day", "--force-conflicts")).code,
    ).toBe(0);
  });

  test("takes a list of objects for a manifest", async () => {
    const configMap = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { a: "1" } });
    const list = { apiVersion: "v1", kind: "List", items: [configMap("one"), configMap("two")] };
    expect(await apply(list)).toEqual({
      code: 0,
      stderr: "",
      stdout: "configmap/one created\nconfigmap/two created\n",
    });
  });

  test("says what is wrong with a manifest", async () => {
    const unknown = await apply(pod("bad", { containers: [{ name: "main", image: "x", imag: "y" }] }));
    expect(unknown.stderr).toContain('strict decoding error: unknown field "spec.containers[0].imag"');
    const mistyped = await apply(
      pod("bad", { containers: [{ name: "main", image: "x", env: [{ name: "A", value: 1 }] }] }),
    );
    expect(mistyped.stderr).toContain(
      "json: cannot unmarshal number into Go struct field EnvVar.spec.containers.env.value of type string",
    );
    const invalid = await apply(pod("Bad_Name", { containers: [] }));
    expect(invalid).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/The Pod "Bad_Name" is invalid:[\s\S]*spec.containers: Required value/),
    });
    expect((await k("-n nowhere create sa x")).stderr).toContain('namespaces "nowhere" not found');
    expect((await k("get pods --field-selector=spec.colour=red")).stderr).toContain(
      "field label not supported: spec.colour",
    );
  });

  test("shows, waits for, labels, patches and deletes pods", async () => {
    await apply(pod("tour"));
    const waiting = k("wait --for=condition=Ready pod/tour --timeout=15s");
    await expect.poll(async () => (await k("get pod tour -o jsonpath={.spec.nodeName}")).stdout).toBe("tiny");
    await markRunning("tour");
    expect(await waiting).toMatchObject({ code: 0, stdout: "pod/tour condition met\n" });
    expect((await k("get pods -l app=tour")).stdout).toMatch(
      /NAME\s+READY\s+STATUS\s+RESTARTS\s+AGE\ntour\s+1\/1\s+Running\s+2\s+\d+s/,
    );
    expect((await k("get pod tour -o wide")).stdout).toMatch(/10\.1\.0\.7\s+tiny\s+<none>\s+<none>/);
    expect((await k("label pod tour tier=front")).stdout).toBe("pod/tour labeled\n");
    expect((await k("get pods -l tier -o name")).stdout).toBe("pod/tour\n");
    expect((await k(["patch", "pod", "tour", "-p", '{"metadata":{"annotations":{"a":"b"}}}'])).code).toBe(0);
    expect(
      (await k(["patch", "pod", "tour", "--type=json", "-p", '[{"op":"remove","path":"/metadata/labels/tier"}]'])).code,
    ).toBe(0);
    const described = (await k("describe pod tour")).stdout;
    expect(described).toMatch(/Node:\s+tiny\/127\.0\.0\.1|Node:\s+tiny/);
    expect(described).toContain("Successfully assigned default/tour to tiny");
    const frozen = await k(["patch", "pod", "tour", "-p", '{"spec":{"hostname":"other"}}']);
    expect(frozen.stderr).toContain("spec: Forbidden: pod updates may not change fields other than");
  });

  test("reads logs from the pod's node", async () => {
    expect((await k("logs tour")).stdout).toBe("one\ntwo\nthree\n");
    expect((await k("logs tour --tail=1")).stdout).toBe("three\n");
    expect(await k("logs tour --previous")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("previous terminated container"),
    });
    expect((await k("logs tour -c nobody")).stderr).toContain("container nobody is not valid for pod tour");
    const follower = start(["logs", "-f", "--tail=0", "tour"]);
    const followed = text(follower.stdout!);
    await expect.poll(() => (kubelet.log("tick"), bytesFrom(follower))).toBeGreaterThan(0);
    kubelet.log("last");
    kubelet.endLog();
    expect(await followed).toMatch(/^(tick\n)+last\n$/);
  });

  test("runs commands on the pod's node, with the right exit code", async () => {
    expect(await k("exec tour -- echo hello there")).toEqual({
      code: 0,
      stdout: "hello there\n",
      stderr: "to stderr\n",
    });
    expect(await k("exec tour -- exit 7")).toMatchObject({ code: 7 });
    expect((await k("exec tour -i -- options")).stdout).toBe("input=1 output=1 error=1 tty=null\n");
    const megabyte = "0123456789abcdef".repeat(65_536);
    const echoed = await k("exec -i tour -- cat", megabyte);
    expect(echoed.code).toBe(0);
    expect(echoed.stdout === megabyte).toBe(true);
    expect(await k("attach tour")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('node "tiny" does not support attach'),
    });
  });

  test("sees changes as they happen, in tables", async () => {
    await apply(pod("seen", { nodeName: "tiny" }));
    const watching = start(["get", "pods", "-w", "-l", "app=seen"]);
    const output = text(watching.stdout!);
    await expect.poll(() => bytesFrom(watching), { timeout: 10_000 }).toBeGreaterThan(0);
    await markRunning("seen");
    await k("label pod seen app=hidden --overwrite");
    await expect.poll(() => bytesFrom(watching), { timeout: 10_000 }).toBeGreaterThan(120);
    watching.kill();
    expect(await output).toMatch(/NAME\s+READY[\s\S]*seen\s+0\/1\s+Pending[\s\S]*seen\s+1\/1\s+Running/);
  });

  test("deletes gracefully, and at once when forced", async () => {
    expect(await k("delete pod tour --wait=false")).toMatchObject({ code: 0 });
    expect((await k("get pod tour")).stdout).toMatch(/tour\s+1\/1\s+Terminating/);
    const waiting = k("wait --for=delete pod/tour --timeout=15s");
    await client.delete(resources.pods, { namespace: "default", name: "tour" }, { gracePeriodSeconds: 0 });
    expect((await waiting).code).toBe(0);
    expect((await k("delete pod seen --force --grace-period=0")).code).toBe(0);
    expect(await k("get pod seen")).toEqual({
      code: 1,
      stdout: "",
      stderr: 'Error from server (NotFound): pods "seen" not found\n',
    });
  });

  test("says that a node cannot be reached", async () => {
    await apply(pod("far", { nodeName: "gone" }));
    await client.create(resources.nodes, {
      metadata: { name: "gone" },
      spec: {},
      status: {
        addresses: [{ type: "InternalIP", address: "127.0.0.1" }],
        daemonEndpoints: { kubeletEndpoint: { Port: 1 } },
      },
    });
    const refused = "error dialing backend: dial tcp 127.0.0.1:1: connect: connection refused";
    expect((await k("logs far")).stderr).toContain(refused);
    await markRunning("far");
    expect((await k("exec far -- echo")).stderr).toContain(refused);
    await k("delete pod far --force --grace-period=0");
  });

  test("scales, restarts and rolls back a deployment, and deletes it with all it owns", async () => {
    const template = { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "main", image: "x:1" }] } };
    await apply({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web" },
      spec: { replicas: 1, selector: { matchLabels: { app: "web" } }, template },
    });
    expect((await k("scale deploy web --replicas=2")).stdout).toBe("deployment.apps/web scaled\n");
    await expect
      .poll(async () => names(await client.list(resources.pods, { namespace: "default", labelSelector: "app=web" })))
      .toHaveLength(2);
    const status = k("rollout status deploy/web --timeout=15s");
    for (const name of names(await client.list(resources.pods, { namespace: "default", labelSelector: "app=web" })))
      await markRunning(name);
    expect(await status).toMatchObject({ code: 0, stdout: expect.stringContaining("successfully rolled out") });
    expect((await k("set image deploy/web main=x:2")).code).toBe(0);
    await expect.poll(async () => (await k("rollout history deploy/web")).stdout).toMatch(/1\s+<none>\n2\s+<none>/);
    expect((await k("rollout undo deploy/web")).stdout).toBe("deployment.apps/web rolled back\n");
    expect((await k("rollout restart deploy/web")).stdout).toBe("deployment.apps/web restarted\n");
    expect((await k("get deploy,rs -o wide")).stdout).toMatch(/CONTAINERS\s+IMAGES\s+SELECTOR/);
    await k("delete deploy web");
    await expect.poll(async () => (await k("get rs -o name")).stdout).toBe("");
  });

  test("edits an object", async () => {
    const child = spawn(binary, ["edit", "cm", "colours"], {
      env: {
        PATH: process.env["PATH"],
        HOME: folder,
        KUBECONFIG: join(folder, "kubeconfig"),
        KUBE_EDITOR: "sed -i s/white/gold/",
      },
    });
    expect(await text(child.stdout)).toBe("configmap/colours edited\n");
    expect((await k("get cm colours -o jsonpath={.data.sky}")).stdout).toBe("gold");
  });

  test("is cut off when the cluster ends, also in the middle of a command", async () => {
    await apply(pod("late", { nodeName: "tiny" }));
    const child = start(["exec", "-i", "late", "--", "cat"]);
    const output = text(child.stdout!);
    const ended = once(child, "close");
    child.stdin?.write("hello\n");
    await expect.poll(() => bytesFrom(child)).toBeGreaterThan(0);
    await cluster[Symbol.asyncDispose]();
    expect(await ended).toEqual([1, null]);
    expect(await output).toBe("hello\n");
  });
});
