import { resources } from "@virtual-kubelet/kubernetes";
import { expect } from "vitest";
import { forEver, pod, workload } from "../src/suite/manifests.ts";
import { OwnNode, isReady, readyOf } from "../src/suite/own-node.ts";
import { scenario } from "../src/suite/scenario.ts";

scenario("the node's lease is renewed, and belongs to the node", {}, async (it) => {
  const name = it.stage.nodeName;
  const lease = () => it.client.get(resources.leases, { namespace: "kube-node-lease", name });
  const first = await lease();
  const node = await it.client.get(resources.nodes, { name });
  expect(first.metadata.ownerReferences).toMatchObject([{ kind: "Node", name, uid: node.metadata.uid }]);
  expect(first.spec).toMatchObject({ holderIdentity: name, leaseDurationSeconds: 40 });
  await it.until(async () => (await lease()).spec?.renewTime !== first.spec?.renewTime, "a renewed lease", 20_000);
});

scenario("a cordoned node takes no pods, and one that is drained is empty", {}, async (it) => {
  await using node = new OwnNode(it, "drained");
  await node.until(isReady, "Ready");
  await it.apply(workload("Deployment", { name: "web", replicas: 2, podSpec: node.placement }));
  await it.succeed("rollout", "status", "deployment/web", "--timeout=60s");
  await it.succeed("cordon", "drained");
  await it.apply(pod("late", forEver, node.placement));
  const waiting = await it.untilPod("late", ({ status }) => (status?.conditions ?? []).length > 0, "unschedulable");
  expect(waiting.status?.phase).toBe("Pending");
  const drained = await it.succeed("drain", "drained", "--ignore-daemonsets", "--force", "--timeout=60s");
  expect(drained).toContain("node/drained drained");
  await it.until(async () => {
    const pods = await it.pods("app=web");
    return pods.length === 2 && pods.every(({ spec }) => spec.nodeName === undefined);
  }, "the pods to wait for a node");
  await it.succeed("uncordon", "drained");
  await it.succeed("rollout", "status", "deployment/web", "--timeout=60s");
});

scenario("a taint that pods do not tolerate evicts them", {}, async (it) => {
  await using node = new OwnNode(it, "tainted");
  await node.until(isReady, "Ready");
  const { placement } = node;
  const { tolerations } = placement;
  const patient = { key: "maintenance", operator: "Exists", effect: "NoExecute" };
  await it.apply(
    pod("leaves", forEver, placement),
    pod("stays", forEver, { ...placement, tolerations: [...tolerations, patient] }),
  );
  const leaving = await it.untilRunning("leaves");
  await it.untilRunning("stays");
  await it.succeed("taint", "nodes", "tainted", "maintenance=now:NoExecute");
  await it.untilGone(leaving);
  expect((await it.pod("stays")).status?.phase).toBe("Running");
});

scenario("[20] a node whose object is deleted registers again, and its pods run on", {}, async (it) => {
  await using node = new OwnNode(it, "guarded");
  const before = await node.until(isReady, "Ready");
  await it.apply(pod("steady", forEver, node.placement));
  const running = await it.untilRunning("steady");
  await it.succeed("delete", "node", "guarded");
  const after = await node.until((again) => again.metadata.uid !== before.metadata.uid && isReady(again), "registered");
  expect(after.spec?.taints).toEqual(expect.arrayContaining([expect.objectContaining({ key: "only" })]));
  const lease = () => it.client.get(resources.leases, { namespace: "kube-node-lease", name: "guarded" });
  await it.until(
    async () => (await lease()).metadata.ownerReferences?.[0]?.uid === after.metadata.uid,
    "the lease to follow",
    15_000,
  );
  const steady = await it.pod("steady");
  expect(steady.metadata.uid).toBe(running.metadata.uid);
  expect(steady.status?.containerStatuses?.[0]).toMatchObject({
    containerID: running.status?.containerStatuses?.[0]?.containerID,
    restartCount: 0,
  });
});

scenario(
  "a node that falls silent loses its pods when they no longer tolerate it, and is whole again after",
  { timeoutMs: 240_000 },
  async (it) => {
    await using node = new OwnNode(it, "lost");
    await node.until(isReady, "Ready");
    const { placement } = node;
    const { tolerations } = placement;
    const brief = {
      key: "node.kubernetes.io/unreachable",
      operator: "Exists",
      effect: "NoExecute",
      tolerationSeconds: 2,
    };
    await it.apply(
      pod("leaves", forEver, { ...placement, tolerations: [...tolerations, brief] }),
      pod("stays", forEver, placement),
    );
    const leaving = await it.untilRunning("leaves");
    const staying = await it.untilRunning("stays");
    await node.agent.kill();
    await node.until((silent) => readyOf(silent) === "Unknown", "Unknown");
    await it.untilPod("leaves", ({ metadata }) => metadata.deletionTimestamp !== undefined, "told to go");
    // Its end is confirmed by nobody yet.
    expect((await it.pod("leaves")).metadata.uid).toBe(leaving.metadata.uid);
    node.agent.restart();
    await node.until(isReady, "Ready again");
    await it.untilGone(leaving);
    const stayed = await it.untilPod(
      "stays",
      ({ status }) => status?.conditions?.find(({ type }) => type === "Ready")?.status === "True",
      "Ready again",
    );
    expect(stayed.status?.containerStatuses?.[0]?.containerID).toBe(
      staying.status?.containerStatuses?.[0]?.containerID,
    );
    expect(stayed.status?.containerStatuses?.[0]?.restartCount).toBe(0);
  },
);
