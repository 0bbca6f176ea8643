import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Pod } from "@virtual-kubelet/kubernetes";
import { expect } from "vitest";
import { fullFile } from "../src/suite/crowded-provider.ts";
import { container, forEver, pod, workload } from "../src/suite/manifests.ts";
import { OwnNode, isReady } from "../src/suite/own-node.ts";
import { scenario } from "../src/suite/scenario.ts";
import type { Workbench } from "../src/suite/workbench.ts";

const crowdedProvider = fileURLToPath(new URL("../src/suite/crowded-provider.ts", import.meta.url));

const waitingFor = ({ status }: Pod) => status?.containerStatuses?.[0]?.state?.waiting?.reason;

/** Of a pod that no scheduler looks at: it names its node itself. */
const bound = (nodeName: string, resources: object = {}) => ({
  nodeName,
  containers: [container(forEver, { resources })],
});

async function eventsOf(it: Workbench, name: string, reason: string): Promise<string[]> {
  const selector = `involvedObject.name=${name},reason=${reason}`;
  const told = await it.succeed("get", "events", `--field-selector=${selector}`, "-o", "name");
  return told.split("\n").filter((line) => line !== "");
}

scenario("a pod that does not fit waits, says why once, and runs when there is room", {}, async (it) => {
  await using node = new OwnNode(it, "choosy");
  const { status } = await node.until(isReady, "Ready");
  const requests = { cpu: status?.allocatable?.["cpu"] };
  await it.apply(pod("first", forEver, bound("choosy", { requests })));
  await it.untilRunning("first");
  await it.apply(pod("second", forEver, bound("choosy", { requests })));
  const waiting = await it.untilPod("second", (seen) => waitingFor(seen) !== undefined, "to be told why it waits");
  expect(waiting.status?.phase).toBe("Pending");
  expect(waitingFor(waiting)).toBe("OutOfcpu");
  await it.succeed("delete", "pod", "first", "--grace-period=1", "--timeout=60s");
  await it.untilRunning("second");
  expect(await eventsOf(it, "second", "OutOfcpu")).toHaveLength(1);

  const { containers } = bound("choosy");
  await it.apply(pod("elsewhere", forEver, { containers, nodeName: "choosy", nodeSelector: { zone: "north" } }));
  const unselected = await it.untilPod(
    "elsewhere",
    (seen) => waitingFor(seen) !== undefined,
    "to be told why it waits",
  );
  expect(waitingFor(unselected)).toBe("NodeAffinity");
  await it.succeed("label", "node", "choosy", "zone=north");
  await it.untilRunning("elsewhere");
});

scenario(
  "a node that holds pods of DaemonSets keeps each waiting, and none is made anew",
  { notEmbedded: "DaemonSets" },
  async (it) => {
    await using node = new OwnNode(it, "held", { flags: ["--daemon-set-pods", "hold"] });
    await node.until(isReady, "Ready");
    await it.apply(workload("DaemonSet", { name: "agents", podSpec: node.placement }));
    const held = await it.until(async () => {
      const pods = await it.pods("app=agents");
      return pods.some((each) => waitingFor(each) === "DaemonSetPod") ? pods : undefined;
    }, "the DaemonSet's pod to be held");
    expect(held).toHaveLength(1);
    await it.apply(pod("beside", forEver, node.placement));
    await it.untilRunning("beside");
    expect((await it.pods("app=agents")).map(({ metadata }) => metadata.uid)).toEqual([held[0]?.metadata.uid]);
    await it.succeed("delete", "daemonset", "agents", "--timeout=60s");
  },
);

scenario("a backend without room repels what the scheduler would give it, until there is room", {}, async (it) => {
  await using node = new OwnNode(it, "crowded", { provider: crowdedProvider });
  const { status: before } = await node.until(isReady, "Ready");
  const full = join(node.agent.stateDirectory, fullFile);
  writeFileSync(full, "");
  const asking = { ...node.placement, containers: [container(forEver, { resources: { requests: { cpu: "100m" } } })] };
  await it.apply(pod("large", forEver, asking));
  await it.untilPod("large", (seen) => waitingFor(seen) === "ProviderQuotaExceeded", "refused by the backend");
  const { status } = await node.until(
    (seen) =>
      (seen.status?.conditions ?? []).some(
        (each) => each.type === "BackendCapacityExhausted" && each.status === "True",
      ),
    "without room",
  );
  expect(status?.allocatable).toMatchObject({ cpu: "100m", pods: "1" });
  await it.apply(pod("late", forEver, asking));
  const late = await it.untilPod("late", (seen) => (seen.status?.conditions ?? []).length > 0, "unschedulable");
  expect(late.spec.nodeName).toBeUndefined();
  rmSync(full);
  await it.untilRunning("large");
  await it.untilRunning("late");
  const after = await node.until(
    (seen) => seen.status?.allocatable?.["cpu"] === before?.allocatable?.["cpu"],
    "whole again",
  );
  expect(after.status?.allocatable).toEqual(before?.allocatable);
});
