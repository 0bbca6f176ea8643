import {
  type ConfigMap,
  type OwnerReference,
  type Pod,
  type StoredObject,
  resources,
} from "@virtual-kubelet/kubernetes";
import { describe, expect, test } from "vitest";
import { allResources } from "../../src/controllers/controller.ts";
import { podCondition } from "../../src/controllers/pod-readiness.ts";
import { RunningCluster, image, template } from "./running-cluster.ts";

function addPod(cluster: RunningCluster, name: string, spec: Partial<Pod["spec"]> = {}): Pod {
  const metadata = { name, namespace: "default" };
  return cluster.storage.create(resources.pods, { metadata, spec: { containers: [{ name: "app", image }], ...spec } });
}

const pod = (cluster: RunningCluster, name: string): Pod | undefined =>
  cluster.storage.get(resources.pods, { namespace: "default", name });

describe("the scheduler", () => {
  test("says once why a pod waits, and binds it as soon as there is room", async () => {
    await using cluster = new RunningCluster();
    addPod(cluster, "p");
    await cluster.until(() => cluster.events("FailedScheduling").length === 1);
    addPod(cluster, "q");
    await cluster.until(() => cluster.events("FailedScheduling").length === 2);
    cluster.addNode("small", { unschedulable: true });
    await cluster.until(() => cluster.events("FailedScheduling").length === 4);
    const waiting = pod(cluster, "p");
    expect(waiting && podCondition(waiting, "PodScheduled")).toMatchObject({
      status: "False",
      reason: "Unschedulable",
      message: expect.stringMatching(/^0\/1 nodes are available: 1 node\(s\) were unschedulable\./),
    });
    cluster.addNode("a");
    const bound = await cluster.until(() => {
      const found = pod(cluster, "p");
      return found?.spec.nodeName === undefined ? undefined : found;
    });
    expect(podCondition(bound, "PodScheduled")).toMatchObject({ status: "True" });
    expect(cluster.events("Scheduled")).toContain("Successfully assigned default/p to a");
    expect(new Set(cluster.storage.list(resources.events).map(({ count }) => count))).toEqual(new Set([1]));
  });

  test("is held up by no pod whose affinity is half written", async () => {
    await using cluster = new RunningCluster();
    cluster.addNode("a");
    const without = { requiredDuringSchedulingIgnoredDuringExecution: {} as never };
    addPod(cluster, "half", { affinity: { nodeAffinity: without } });
    const empty = { preferredDuringSchedulingIgnoredDuringExecution: [{} as never] };
    addPod(cluster, "preferring", { affinity: { nodeAffinity: empty } });
    addPod(cluster, "whole");
    await cluster.until(() => pod(cluster, "whole")?.spec.nodeName && pod(cluster, "preferring")?.spec.nodeName);
    expect(cluster.events("FailedScheduling")).toEqual([expect.stringContaining("didn't match Pod's node affinity")]);
    expect(cluster.warnings).toEqual([]);
  });

  test("uses room again that a pod has left, and leaves pods of other schedulers and gated ones alone", async () => {
    await using cluster = new RunningCluster();
    cluster.addNode("a");
    const large = { containers: [{ name: "app", image, resources: { requests: { cpu: "3" } } }] };
    addPod(cluster, "first", large);
    await cluster.until(() => pod(cluster, "first")?.spec.nodeName);
    addPod(cluster, "other", { schedulerName: "mine" });
    addPod(cluster, "gated", { schedulingGates: [{ name: "g" }] });
    addPod(cluster, "second", large);
    await cluster.until(() =>
      cluster.events("FailedScheduling").some((message) => message.includes("Insufficient cpu")),
    );
    addPod(cluster, "third");
    await cluster.until(() => pod(cluster, "third")?.spec.nodeName);
    cluster.storage.delete(resources.pods, { namespace: "default", name: "first" });
    await cluster.until(() => pod(cluster, "second")?.spec.nodeName === "a");
    expect([pod(cluster, "other")?.spec.nodeName, pod(cluster, "gated")?.spec.nodeName]).toEqual([
      undefined,
      undefined,
    ]);
  });
});

describe("garbage collection", () => {
  const reference = (owner: StoredObject, more: Partial<OwnerReference> = {}): OwnerReference => {
    const { apiVersion = "v1", kind = "", metadata } = owner;
    return { apiVersion, kind, name: metadata.name, uid: metadata.uid, ...more };
  };
  const add = (cluster: RunningCluster, name: string, ...ownerReferences: OwnerReference[]): ConfigMap =>
    cluster.storage.create(resources.configMaps, { metadata: { name, namespace: "default", ownerReferences } });
  const names = (cluster: RunningCluster): readonly string[] =>
    cluster.storage
      .list(resources.configMaps, { namespace: "default" })
      .map(({ metadata }) => metadata.name)
      .filter((name) => !name.startsWith("kube-"));

  test("takes what an owner owns, and what that owns in turn", async () => {
    await using cluster = new RunningCluster();
    const owner = add(cluster, "owner");
    const child = add(cluster, "child", reference(owner));
    add(cluster, "grandchild", reference(child));
    add(cluster, "stray", { ...reference(owner), uid: "another" });
    add(cluster, "custom", { apiVersion: "example.com/v1", kind: "Custom", name: "c", uid: "c" });
    await cluster.until(() => !names(cluster).includes("stray"));
    cluster.storage.delete(resources.configMaps, owner.metadata);
    await cluster.until(() => names(cluster).length === 1);
    expect(names(cluster)).toEqual(["custom"]);
  });

  test("leaves what has another owner, without the reference to the one that is gone", async () => {
    await using cluster = new RunningCluster();
    const [one, two] = [add(cluster, "one"), add(cluster, "two")];
    const child = add(cluster, "child", reference(one), reference(two, { blockOwnerDeletion: true }));
    const owners = () =>
      cluster.storage
        .get(resources.configMaps, child.metadata)
        ?.metadata.ownerReferences?.map(({ name }) => name)
        .join();
    cluster.storage.delete(resources.configMaps, two.metadata, { propagationPolicy: "Foreground" });
    await cluster.until(() => owners() === "one");
    expect(names(cluster)).toEqual(["one", "child"]);
  });

  test("in the foreground deletes the owner last, after all that depends on it and takes its time", async () => {
    await using cluster = new RunningCluster();
    const owner = add(cluster, "owner");
    const child = add(cluster, "child", reference(owner, { blockOwnerDeletion: true }));
    const slow = cluster.storage.create(resources.configMaps, {
      metadata: {
        name: "slow",
        namespace: "default",
        finalizers: ["example.com/wait"],
        ownerReferences: [reference(child, { blockOwnerDeletion: true })],
      },
    });
    cluster.storage.delete(resources.configMaps, owner.metadata, { propagationPolicy: "Foreground" });
    await cluster.until(() => cluster.storage.get(resources.configMaps, slow.metadata)?.metadata.deletionTimestamp);
    expect(names(cluster)).toEqual(["owner", "child", "slow"]);
    cluster.storage.update(resources.configMaps, slow.metadata, (current) => ({
      ...current,
      metadata: { ...current.metadata, finalizers: [] },
    }));
    await cluster.until(() => names(cluster).length === 0);
  });

  test("as orphans lets dependents live", async () => {
    await using cluster = new RunningCluster();
    const owner = add(cluster, "owner");
    const child = add(cluster, "child", reference(owner));
    cluster.storage.delete(resources.configMaps, owner.metadata, { propagationPolicy: "Orphan" });
    await cluster.until(() => names(cluster).join() === "child");
    expect(cluster.storage.get(resources.configMaps, child.metadata)?.metadata.ownerReferences).toBeUndefined();
  });
});

describe("namespaces", () => {
  test("are there from the start, with what they must have", async () => {
    await using cluster = new RunningCluster();
    const all = cluster.storage.list(resources.namespaces).map(({ metadata }) => metadata.name);
    expect(all).toEqual(["default", "kube-system", "kube-node-lease", "kube-public"]);
    for (const namespace of all) {
      expect(cluster.storage.get(resources.serviceAccounts, { namespace, name: "default" })).toBeDefined();
      expect(cluster.storage.get(resources.configMaps, { namespace, name: "kube-root-ca.crt" })?.data).toEqual({
        "ca.crt": "PEM",
      });
    }
    expect(
      cluster.storage.get(resources.services, { namespace: "default", name: "kubernetes" })?.metadata.uid,
    ).toBeDefined();
  });

  test("get it back when somebody removes or changes it", async () => {
    await using cluster = new RunningCluster();
    const name = { namespace: "default", name: "kube-root-ca.crt" };
    cluster.storage.update(resources.configMaps, name, (current) => ({ ...current, data: {} }));
    await cluster.until(() => cluster.storage.get(resources.configMaps, name)?.data?.["ca.crt"] === "PEM");
    cluster.storage.delete(resources.serviceAccounts, { namespace: "default", name: "default" });
    const again = () => cluster.storage.get(resources.serviceAccounts, { namespace: "default", name: "default" });
    expect(await cluster.until(again)).toMatchObject({ kind: "ServiceAccount" });
    const service = { namespace: "default", name: "kubernetes" };
    cluster.storage.delete(resources.services, service);
    expect(await cluster.until(() => cluster.storage.get(resources.services, service))).toBeDefined();
  });

  test("are emptied before they go, running pods included", async () => {
    await using cluster = new RunningCluster();
    cluster.addNode("a");
    cluster.storage.create(resources.namespaces, { metadata: { name: "team" }, spec: { finalizers: ["kubernetes"] } });
    await cluster.until(() => cluster.storage.get(resources.serviceAccounts, { namespace: "team", name: "default" }));
    cluster.storage.create(resources.deployments, {
      metadata: { name: "web", namespace: "team" },
      spec: { replicas: 2, selector: { matchLabels: { app: "web" } }, template: template() },
    });
    await cluster.until(() => cluster.pods().filter(({ status }) => status?.phase === "Running").length === 2);
    cluster.storage.delete(resources.namespaces, { name: "team" });
    await cluster.until(() => !cluster.storage.get(resources.namespaces, { name: "team" }));
    for (const resource of allResources) {
      expect(cluster.storage.list(resource, { namespace: "team" })).toEqual([]);
    }
  });
});

describe("nodes", () => {
  const ready = (cluster: RunningCluster, name: string) =>
    cluster.storage.get(resources.nodes, { name })?.status?.conditions?.find(({ type }) => type === "Ready");

  test("that fall silent are unknown, repel and evict, and their pods are not ready", async () => {
    await using cluster = new RunningCluster({ timing: { nodeGraceMs: 100 } });
    cluster.addNode("a");
    addPod(cluster, "stays");
    addPod(cluster, "leaves", {
      tolerations: [
        { key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute", tolerationSeconds: 0 },
      ],
    });
    await cluster.until(() => ready(cluster, "a")?.status === "Unknown");
    await cluster.until(() => pod(cluster, "leaves") === undefined);
    const stays = await cluster.until(() => {
      const found = pod(cluster, "stays");
      return found && podCondition(found, "Ready")?.status === "False" && found;
    });
    expect(stays.metadata.deletionTimestamp).toBeUndefined();
    expect(cluster.storage.get(resources.nodes, { name: "a" })?.spec.taints).toMatchObject([
      { key: "node.kubernetes.io/unreachable", effect: "NoSchedule" },
      { key: "node.kubernetes.io/unreachable", effect: "NoExecute" },
    ]);
    cluster.storage.update(resources.nodes, { name: "a" }, (node) => ({
      ...node,
      status: { ...node.status, conditions: [{ type: "Ready", status: "True" }] },
    }));
    await cluster.until(() => !cluster.storage.get(resources.nodes, { name: "a" })?.spec.taints);
  });

  test("live as long as their lease is renewed", async () => {
    await using cluster = new RunningCluster({ timing: { nodeGraceMs: 150 } });
    cluster.addNode("a");
    cluster.addNode("b");
    const lease = { namespace: "kube-node-lease", name: "a" };
    cluster.storage.create(resources.leases, { metadata: lease, spec: { renewTime: "0" } });
    let renewals = 0;
    const renewing = setInterval(
      () =>
        cluster.storage.update(resources.leases, lease, (one) => ({
          ...one,
          spec: { renewTime: String((renewals += 1)) },
        })),
      30,
    );
    await cluster.until(() => ready(cluster, "b")?.status === "Unknown");
    const until = renewals + 6;
    await cluster.until(() => renewals > until);
    clearInterval(renewing);
    expect(ready(cluster, "a")?.status).toBe("True");
    await cluster.until(() => ready(cluster, "a")?.status === "Unknown");
  });

  test("that are gone take their pods with them, after a while", async () => {
    await using cluster = new RunningCluster({ timing: { missingNodeMs: 50 } });
    const { metadata } = cluster.addNode("a");
    addPod(cluster, "p");
    await cluster.until(() => pod(cluster, "p")?.status?.phase === "Running");
    const goneAtMs = Date.now();
    cluster.storage.delete(resources.nodes, metadata);
    const changes = cluster.storage.watch({ signal: AbortSignal.timeout(5000), resource: resources.pods });
    for await (const { type, object } of changes) {
      if (type !== "DELETED") continue;
      expect(object.status?.phase).toBe("Failed");
      break;
    }
    expect(pod(cluster, "p")).toBeUndefined();
    expect(Date.now() - goneAtMs).toBeGreaterThanOrEqual(49);
  });
});

test("an object that a controller cannot bear disturbs no other, and is tried again", async () => {
  await using cluster = new RunningCluster();
  cluster.addNode("a");
  cluster.addJob("broken", { template: undefined as never });
  cluster.addJob("good");
  await cluster.until(() => cluster.pods().some(({ status }) => status?.phase === "Running"));
  await expect.poll(() => cluster.warnings.length, { timeout: 5000 }).toBeGreaterThan(2);
  const expected = { controller: "job", key: "default/broken", error: expect.any(TypeError) };
  expect(cluster.warnings.slice(0, 3)).toEqual([100, 200, 400].map((retryMs) => ({ ...expected, retryMs })));
});
