import { type Pod, isKubernetesError, resources } from "@virtual-kubelet/kubernetes";
import { expect } from "vitest";
import { forEver, pod, workload } from "../src/suite/manifests.ts";
import { scenario } from "../src/suite/scenario.ts";
import type { Workbench } from "../src/suite/workbench.ts";

const stubborn = "trap '' TERM; while :; do sleep 0.2; done";
const polite = "trap 'exit 3' TERM; while :; do sleep 0.1; done";

/** What a pod looked like when it was last seen, which a watcher of the API sees too. */
async function lastSeen(it: Workbench, name: string, remove: () => Promise<unknown>): Promise<Pod> {
  const ended = new AbortController();
  const { metadata } = await it.pod(name);
  const watch = it.client.watch(resources.pods, {
    namespace: it.namespace,
    fieldSelector: `metadata.name=${name}`,
    resourceVersion: metadata.resourceVersion,
    signal: ended.signal,
  });
  const removing = remove();
  for await (const event of watch) {
    if (event.type !== "DELETED") continue;
    ended.abort();
    await removing;
    return event.object;
  }
  throw new Error("the watch ended before the pod was gone");
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

scenario("a deleted pod is asked to end, and shows how it ended before it is gone", {}, async (it) => {
  await it.apply(pod("polite", polite, { restartPolicy: "Never" }));
  await it.untilRunning("polite");
  const { status } = await lastSeen(it, "polite", () => it.succeed("delete", "pod", "polite", "--timeout=30s"));
  expect(status?.phase).toBe("Failed");
  expect(status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 3 });
});

scenario("a pod that does not listen is killed when its grace has passed, not before", {}, async (it) => {
  await it.apply(pod("stubborn", stubborn, { terminationGracePeriodSeconds: 3 }));
  await it.untilRunning("stubborn");
  let seconds = 0;
  const { status } = await lastSeen(it, "stubborn", async () => {
    seconds = await secondsOf(() => it.succeed("delete", "pod", "stubborn", "--timeout=30s"));
  });
  expect(seconds).toBeGreaterThan(2.5);
  expect(status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 137 });
});

scenario("a grace that is shortened later is obeyed", {}, async (it) => {
  await it.apply(pod("stubborn", stubborn, { terminationGracePeriodSeconds: 600 }));
  const running = await it.untilRunning("stubborn");
  await it.succeed("delete", "pod", "stubborn", "--wait=false");
  await it.untilPod("stubborn", ({ metadata }) => metadata.deletionTimestamp !== undefined, "on its way out");
  await it.succeed("delete", "pod", "stubborn", "--grace-period=1", "--wait=false");
  await it.untilGone(running);
});

scenario("a pod that is deleted by force is gone at once, and its container ends all the same", {}, async (it) => {
  // Should the container live on, the end of the run finds it.
  await it.apply(pod("stubborn", stubborn, { terminationGracePeriodSeconds: 600 }));
  const running = await it.untilRunning("stubborn");
  await it.succeed("delete", "pod", "stubborn", "--grace-period=0", "--force", "--wait=false");
  await it.untilGone(running);
});

scenario("a pod that is deleted and created again under its name is another pod", {}, async (it) => {
  await it.apply(pod("phoenix", polite));
  const first = await it.untilRunning("phoenix");
  await it.succeed("delete", "pod", "phoenix", "--timeout=30s");
  await it.apply(pod("phoenix", forEver));
  const second = await it.untilRunning("phoenix");
  expect(second.metadata.uid).not.toBe(first.metadata.uid);
  expect(second.status?.containerStatuses?.[0]?.restartCount).toBe(0);
});

scenario("a finalizer keeps the object, not the containers", {}, async (it) => {
  const manifest = pod("kept", polite) as { metadata: object };
  await it.apply({ ...manifest, metadata: { ...manifest.metadata, finalizers: ["example.com/keep"] } });
  const running = await it.untilRunning("kept");
  await it.succeed("delete", "pod", "kept", "--wait=false");
  const ended = await it.untilPod("kept", ({ status }) => status?.phase === "Failed", "ended");
  expect(ended.status?.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(3);
  const patch = { type: "merge", body: { metadata: { finalizers: null } } } as const;
  await it.client.patch(resources.pods, { namespace: it.namespace, name: "kept" }, { patch });
  await it.untilGone(running);
});

scenario("a namespace that is deleted takes its running pods along", {}, async (it) => {
  const name = `${it.namespace}-doomed`;
  await it.client.create(resources.namespaces, { metadata: { name } });
  const inIt = (...args: readonly string[]) => it.succeed(...args, "--namespace", name);
  await it.until(() => it.client.get(resources.serviceAccounts, { namespace: name, name: "default" }), "its account");
  await it.succeedWith(
    JSON.stringify(workload("Deployment", { name: "web", replicas: 3 })),
    "apply",
    "-n",
    name,
    "-f",
    "-",
  );
  await inIt("rollout", "status", "deployment/web", "--timeout=60s");
  await it.succeed("delete", "namespace", name, "--timeout=90s");
  await expect(it.client.get(resources.namespaces, { name })).rejects.toThrow(/not found/);
});

scenario(
  "an eviction ends a pod, and is refused while a budget forbids it",
  { notEmbedded: "PodDisruptionBudgets" },
  async (it) => {
    await it.apply(workload("ReplicaSet", { name: "set", replicas: 2 }), {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { name: "set" },
      spec: { minAvailable: 2, selector: { matchLabels: { app: "set" } } },
    });
    await it.until(
      async () => (await it.succeed("get", "pdb", "set", "-o", "jsonpath={.status.currentHealthy}")) === "2",
      "two healthy pods",
    );
    const [first] = await it.pods("app=set");
    const evict = (name: string) =>
      it.client.createSubresource(
        resources.pods,
        { namespace: it.namespace, name, subresource: "eviction" },
        {
          body: { apiVersion: "policy/v1", kind: "Eviction", metadata: { namespace: it.namespace, name } },
          // A refusal is no overload here: the answer is wanted at once.
          timeoutMs: 5_000,
        },
      );
    const refusal = await evict(first!.metadata.name).catch((error: unknown) => error);
    expect(isKubernetesError(refusal)).toBe(true);
    expect(String(refusal)).toMatch(/disruption budget/);
    await it.succeed("patch", "pdb", "set", "--type=merge", "-p", '{"spec":{"minAvailable":1}}');
    await it.until(
      async () => (await it.succeed("get", "pdb", "set", "-o", "jsonpath={.status.disruptionsAllowed}")) === "1",
      "an allowed disruption",
    );
    const { status } = await lastSeen(it, first!.metadata.name, () => evict(first!.metadata.name));
    expect(status?.conditions).toContainEqual(
      expect.objectContaining({ type: "DisruptionTarget", status: "True", reason: "EvictionByEvictionAPI" }),
    );
    await it.until(
      async () => (await it.succeed("get", "pdb", "set", "-o", "jsonpath={.status.currentHealthy}")) === "2",
      "another pod in its place",
    );
  },
);
