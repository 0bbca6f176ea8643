import { type Pod, resources } from "@virtual-kubelet/kubernetes";
import { expect } from "vitest";
import { container, forEver, workload } from "../src/suite/manifests.ts";
import { isReady, OwnNode } from "../src/suite/own-node.ts";
import { scenario } from "../src/suite/scenario.ts";

const uids = (pods: readonly Pod[]): ReadonlySet<string> => new Set(pods.map(({ metadata }) => metadata.uid));
const isRunning = ({ status }: Pod): boolean => status?.phase === "Running";

scenario("a Deployment rolls out, and kubectl waits for it", {}, async (it) => {
  await it.apply(workload("Deployment", { name: "web", replicas: 3 }));
  expect(await it.succeed("rollout", "status", "deployment/web", "--timeout=60s")).toContain("successfully rolled out");
  await it.succeed("wait", "--for=condition=Available", "deployment/web", "--timeout=10s");
  const { status } = await it.client.get(resources.deployments, { namespace: it.namespace, name: "web" });
  expect(status).toMatchObject({ replicas: 3, readyReplicas: 3, availableReplicas: 3, updatedReplicas: 3 });
});

scenario("a rolling update never has fewer pods ready than it may, and can be undone", {}, async (it) => {
  const strategy = { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } };
  const version = (text: string): object =>
    workload("Deployment", {
      name: "web",
      replicas: 3,
      podSpec: { containers: [container(forEver, { env: [{ name: "VERSION", value: text }] })] },
      spec: { strategy },
    });
  const rollOut = () => it.succeed("rollout", "status", "deployment/web", "--timeout=60s");
  await it.apply(version("one"));
  await rollOut();
  const before = uids(await it.pods("app=web"));
  const available: number[] = [];
  const watching = new AbortController();
  const counting = (async () => {
    const call = { namespace: it.namespace, signal: watching.signal };
    for await (const event of it.client.watch(resources.deployments, call)) {
      const { status } = event.object as { status?: { availableReplicas?: number } };
      available.push(status?.availableReplicas ?? 0);
    }
  })().then(
    () => "ended",
    (error: unknown) => (watching.signal.aborted ? "aborted" : error),
  );
  try {
    await it.apply(version("two"));
    await rollOut();
  } finally {
    watching.abort();
  }
  expect(await counting, "the watch").toBe("aborted");
  // As it was, and each step of the update.
  expect(available.length).toBeGreaterThan(3);
  expect(Math.min(...available)).toBe(3);
  await it.until(async () => (await it.pods("app=web")).length === 3, "the old pods to be gone");
  expect([...uids(await it.pods("app=web"))].filter((uid) => before.has(uid))).toEqual([]);
  await it.succeed("rollout", "undo", "deployment/web");
  await rollOut();
  const template = await it.succeed("get", "deployment", "web", "-o", "jsonpath={..env[0].value}");
  expect(template).toBe("one");
});

scenario("a Deployment is scaled to zero and up again", {}, async (it) => {
  await it.apply(workload("Deployment", { name: "web", replicas: 2 }));
  await it.succeed("rollout", "status", "deployment/web", "--timeout=60s");
  await it.succeed("scale", "deployment/web", "--replicas=0");
  await it.succeed("wait", "--for=delete", "pod", "--selector=app=web", "--timeout=30s");
  await it.succeed("scale", "deployment/web", "--replicas=1");
  await it.succeed("rollout", "status", "deployment/web", "--timeout=60s");
});

scenario("a ReplicaSet replaces a pod that is deleted, and one that fails", {}, async (it) => {
  await it.apply(workload("ReplicaSet", { name: "set", replicas: 2 }));
  const ready = (): Promise<boolean> =>
    it.client
      .get(resources.replicaSets, { namespace: it.namespace, name: "set" })
      .then(({ status }) => status?.readyReplicas === 2);
  await it.until(ready, "two pods to be ready");
  const [first] = await it.pods("app=set");
  await it.succeed("delete", "pod", first!.metadata.name);
  await it.until(async () => {
    const pods = await it.pods("app=set");
    return pods.length === 2 && pods.every(isRunning) && !uids(pods).has(first!.metadata.uid);
  }, "another pod in its place");
  await it.until(ready, "two pods to be ready again");
});

scenario(
  "a StatefulSet starts and ends its pods in order, and one that is deleted comes back under its name",
  { notEmbedded: "StatefulSets" },
  async (it) => {
    await it.apply(workload("StatefulSet", { name: "db", replicas: 3, spec: { serviceName: "db" } }));
    await it.succeed("rollout", "status", "statefulset/db", "--timeout=90s");
    const pods = await it.pods("app=db");
    expect(pods.map(({ metadata }) => metadata.name)).toEqual(["db-0", "db-1", "db-2"]);
    const readyAt = (pod: Pod): string =>
      pod.status?.conditions?.find(({ type }) => type === "Ready")?.lastTransitionTime ?? "";
    const createdAt = pods.map(({ metadata }) => metadata.creationTimestamp ?? "");
    expect(createdAt[1]! >= readyAt(pods[0]!) && createdAt[2]! >= readyAt(pods[1]!)).toBe(true);
    await it.succeed("delete", "pod", "db-1");
    const again = await it.untilPod("db-1", isRunning, "Running again");
    expect(again.metadata.uid).not.toBe(pods[1]!.metadata.uid);
    await it.succeed("rollout", "status", "statefulset/db", "--timeout=60s");
    await it.succeed("scale", "statefulset/db", "--replicas=1");
    await it.until(
      async () => (await it.pods("app=db")).map(({ metadata }) => metadata.name).join() === "db-0",
      "only db-0",
    );
  },
);

scenario("a DaemonSet has one pod on the node", { notEmbedded: "DaemonSets" }, async (it) => {
  const nodeSelector = { "kubernetes.io/hostname": it.stage.nodeName };
  await it.apply(workload("DaemonSet", { name: "agent", podSpec: { nodeSelector } }));
  await it.succeed("rollout", "status", "daemonset/agent", "--timeout=60s");
  const [only, ...others] = await it.pods("app=agent");
  expect(others).toEqual([]);
  expect(only?.spec.nodeName).toBe(it.stage.nodeName);
  await it.succeed("delete", "pod", only!.metadata.name);
  await it.until(
    async () => (await it.pods("app=agent")).some((pod) => isRunning(pod) && pod.metadata.uid !== only!.metadata.uid),
    "another one",
  );
});

scenario(
  "a DaemonSet comes to a tainted node when it tolerates the taint, and only then",
  { notEmbedded: "DaemonSets" },
  async (it) => {
    await using node = new OwnNode(it, "daemons");
    await node.until(isReady, "Ready");
    const { nodeSelector } = node.placement;
    await it.apply(
      workload("DaemonSet", { name: "stranger", podSpec: { nodeSelector } }),
      workload("DaemonSet", { name: "guest", podSpec: node.placement }),
    );
    await it.succeed("rollout", "status", "daemonset/guest", "--timeout=60s");
    expect((await it.pods("app=guest")).map(({ spec }) => spec.nodeName)).toEqual(["daemons"]);
    const seen = "jsonpath={.status.observedGeneration} {.status.desiredNumberScheduled}";
    const stranger = (): Promise<string> => it.succeed("get", "daemonset", "stranger", "-o", seen);
    await it.until(async () => (await stranger()) === "1 0", "the other to be wanted nowhere");
    await it.succeed("delete", "daemonset", "--all", "--timeout=60s");
  },
);
