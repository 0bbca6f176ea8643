import { setTimeout as sleep } from "node:timers/promises";
import { resources } from "@virtual-kubelet/kubernetes";
import type { Provider } from "@virtual-kubelet/provider";
import { expect } from "vitest";
import { Bench, nodeName, podOf } from "../src/bench.ts";
import { quickVariable, scenario } from "../src/scenario.ts";
import { until } from "../src/until.ts";

const isQuick = process.env[quickVariable] !== undefined;

/** As a backend that says of one pod only that it runs, and that a while after it has created it. */
function toldLate(provider: Provider, name: string): Provider {
  return {
    ...provider,
    async *watchPods(call) {
      for await (const event of provider.watchPods?.(call) ?? []) {
        const isMeant = event.type === "state" && event.pod.name === name;
        if (isMeant && event.pod.status?.phase !== "Running") continue;
        if (isMeant) await sleep(300);
        yield event;
      }
    },
  };
}

scenario(
  "48 a pod of more than a megabyte, of a hundred containers and a thousand variables, beside many that come at once",
  {
    expected:
      "All of them run, each started once; one that is soon Running costs the API server one write of its status until then.",
    guard: {
      file: "packages/controllers/src/pods/pod-steps.ts",
      from: "    reporter.add(ref.uid, { delayMs: 1_000 });",
      to: "    reporter.add(ref.uid);",
    },
    timeoutMs: 300_000,
  },
  async ({ saw }) => {
    const many = isQuick ? 300 : 5_000;
    await using it = await Bench.open();
    await it.startNode({ around: (provider) => toldLate(provider, "early") });
    // Alone, so that nothing but the node's own patience makes one write of two.
    using versions = it.countVersions("early");
    await it.createPod("early");
    await it.untilPhase("early", "Running");
    const env = Array.from({ length: 1_000 }, (_, index) => ({ name: `V${index}`, value: "x".repeat(1_000) }));
    const containers = Array.from({ length: 100 }, (_, index) => ({
      name: `c${index}`,
      image: "app",
      ...(index === 0 ? { env } : {}),
    }));
    const { spec, ...huge } = podOf("huge");
    await it.client.create(resources.pods, { ...huge, spec: { ...spec, containers } });
    const startedAt = performance.now();
    for (let from = 0; from < many; from += 100)
      await Promise.all(Array.from({ length: 100 }, (_, index) => it.createPod(`pod-${from + index}`)));
    const running = async () => (await it.pods()).filter(({ status }) => status?.phase === "Running").length;
    await until(async () => (await running()) === many + 2, { what: "all to be Running", timeoutMs: 240_000 });
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    const { status } = await it.untilPhase("huge", "Running");
    expect(status?.containerStatuses).toHaveLength(100);
    expect(await it.differences()).toEqual([]);
    expect(versions.count).toBe(1);
    saw(`${many} pods and the huge one Running after ${seconds} s, the first with one status write`);
  },
);

scenario(
  "48b the backend runs many pods of this node's that the cluster does not know",
  {
    expected:
      "None of them is stopped, for a cluster that has lost its memory looks like that; once the user confirms, all are.",
    guard: {
      file: "packages/controllers/src/pods/backend/orphaned-pods.ts",
      from: "isSuspicious(disappearance, limits);",
      to: "false;",
    },
    timeoutMs: 300_000,
  },
  async ({ saw }) => {
    const many = isQuick ? 200 : 10_000;
    await using it = await Bench.open();
    const owner = `faults/${nodeName}`;
    for (let index = 0; index < many; index++) {
      const name = `dangling-${index}`;
      await it.backend.create({ uid: name, namespace: "default", name, revision: "", owner, containers: ["main"] });
    }
    await it.startNode({ clusterId: "faults" });
    const held = async () => {
      const node = await it.client.get(resources.nodes, { name: nodeName });
      return node.status?.conditions?.find(({ type }) => type === "ClusterPodsDisappeared");
    };
    await until(async () => (await held())?.status === "True", { what: "the node to say so", timeoutMs: 60_000 });
    await it.outage(1_500);
    expect(it.backend.live.size).toBe(many);
    const patch = { metadata: { annotations: { "virtual-kubelet.io/confirm-disappearance": "yes" } } };
    await it.client.patch(resources.nodes, { name: nodeName }, { patch: { type: "merge", body: patch } });
    await until(() => it.backend.live.size === 0, { what: "all to be stopped", timeoutMs: 200_000 });
    saw(`${many} pods ran on, ${(await held())?.message ?? ""}; all were stopped once that was confirmed`);
  },
);
