import { mkdtempSync, writeFileSync } from "node:fs";
import { totalmem } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { burner } from "../src/load/burner.ts";
import { HostClock } from "../src/load/host-clock.ts";
import { type Usage, counterOf, usageOfNode, usageOfPod } from "../src/load/metrics.ts";
import { pod, workload } from "../src/suite/manifests.ts";
import { OwnNode, isReady } from "../src/suite/own-node.ts";
import { needsOrdinaryAddress, type ScenarioOptions, scenario } from "../src/suite/scenario.ts";
import type { Workbench } from "../src/suite/workbench.ts";

const metrics: ScenarioOptions = {
  notEmbedded: "APIs of other servers, and so no metrics-server",
  unless: needsOrdinaryAddress("an API server does not call metrics-server on loopback"),
  timeoutMs: 360_000,
};

const load = { milliCpu: 300, mebibytes: 200 };
const isTrue = ({ milliCpu, mebibytes }: Usage): boolean =>
  isNear(milliCpu, load.milliCpu) && isNear(mebibytes, load.mebibytes);

scenario(
  "what a pod uses is told within a tenth, also when its agent is killed and comes back",
  metrics,
  async (it) => {
    await using node = new OwnNode(it, "metered");
    await node.until(isReady, "Ready");
    await it.apply(pod("burner", "", { ...node.placement, containers: [burner(load)] }));
    await it.untilRunning("burner");
    const usage = (): Promise<Usage> => usageOfPod(it, "burner");
    await it.until(async () => isTrue(await usage()), "true numbers", 150_000);
    expect(await it.succeed("top", "pod", "burner", "--no-headers")).toMatch(
      /^burner\s+(2[7-9]|3[0-3])\dm\s+(1[89]|2[01])\dMi/,
    );
    const before = await counterOf(it, "metered", "burner");
    await node.agent.kill();
    node.agent.restart();
    const after = await it.until(() => counterOf(it, "metered", "burner"), "the agent to tell again");
    expect(after.startedAt).toBe(before.startedAt);
    expect(after.cpuSeconds).toBeGreaterThanOrEqual(before.cpuSeconds);
    // One that is not true says that others have taken the machine from the container.
    await it.until(async () => (await readings(it, usage, 2)).every(isTrue), "true numbers again", 150_000);
  },
);

scenario("a container that starts anew counts from nothing, from a later start", metrics, async (it) => {
  const { nodeName } = it.stage;
  const endFile = join(mkdtempSync(join(it.stage.folder, "end-")), "now");
  await it.apply(pod("again", "", { containers: [burner({ milliCpu: 200, endFile })] }));
  await it.untilRunning("again");
  const counter = () => counterOf(it, nodeName, "again");
  const first = await it.until(async () => {
    const seen = await counter();
    return seen.cpuSeconds > 1 && seen;
  }, "a second of work");
  writeFileSync(endFile, "");
  const second = await it.until(async () => {
    const seen = await counter();
    return seen.startedAt > first.startedAt && seen;
  }, "its next life");
  expect(second.cpuSeconds).toBeLessThan(first.cpuSeconds);
});

scenario("what a node uses is told within a tenth of what its host says", metrics, async (it) => {
  using clock = new HostClock();
  const { nodeName } = it.stage;
  for (const { timestamp, windowMs, milliCpu, mebibytes } of await readings(it, () => usageOfNode(it, nodeName), 3)) {
    const host = clock.milliCpu({ endMs: Date.parse(timestamp), windowMs });
    if (host !== undefined) expect(isNear(milliCpu, host), `${milliCpu}m is told, and ${host}m used`).toBe(true);
    expect(mebibytes).toBeGreaterThan(100);
    expect(mebibytes).toBeLessThan(totalmem() / 2 ** 20);
  }
  expect(await it.succeed("top", "node", nodeName)).toMatch(
    new RegExp(`^${nodeName}\\s+\\d+m\\s+\\d+%\\s+\\d+Mi\\s`, "m"),
  );
});

scenario("an HPA scales a Deployment up by what its pods use", metrics, async (it) => {
  const busy = burner({ milliCpu: 100 }, { resources: { requests: { cpu: "20m" } } });
  await it.apply(workload("Deployment", { name: "busy", replicas: 1, podSpec: { containers: [busy] } }), {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "busy" },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "busy" },
      minReplicas: 1,
      maxReplicas: 3,
      metrics: [
        { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 100 } } },
      ],
    },
  });
  const replicas = (): Promise<string> => it.succeed("get", "deployment", "busy", "-o", "jsonpath={.spec.replicas}");
  await it.until(async () => (await replicas()) === "3", "three replicas", 180_000);
  await it.succeed("rollout", "status", "deployment/busy", "--timeout=60s");
});

function isNear(value: number, wanted: number): boolean {
  return Math.abs(value - wanted) <= wanted / 10;
}

/** So many things that are told one after the other, each of another time; none that was told already. */
async function readings(it: Workbench, ask: () => Promise<Usage>, count: number): Promise<readonly Usage[]> {
  const seen = new Map<string, Usage>();
  await it.until(
    async () => {
      const usage = await ask();
      seen.set(usage.timestamp, usage);
      return seen.size > count;
    },
    `${count} readings`,
    120_000,
  );
  return [...seen.values()].slice(1);
}
