import { resources } from "@virtual-kubelet/kubernetes";
import type { Provider } from "@virtual-kubelet/provider";
import { expect, test } from "vitest";
import { clusterWithNode, findPod, nodeName, podManifest, untilGone, untilPhase } from "./cluster-with-node.ts";

test("after a restart a pod waits for the namesake that its backend still runs, where it can have only one of a name", async () => {
  const lives: string[] = [];
  const provider = (mock: Provider): Provider => ({
    ...mock,
    oneLifePerName: true,
    createPod: (pod, call) => {
      lives.push(`create ${pod.metadata.uid}`);
      return mock.createPod(pod, call);
    },
    deletePod: (pod, call) => {
      lives.push(`delete ${pod.uid}`);
      return mock.deletePod(pod, call);
    },
  });
  await using it = await clusterWithNode({ provider });
  await it.client.create(resources.pods, podManifest("web", { nodeName }));
  const first = await untilPhase(it.client, "web", "Running");
  await it.restartNodeAfter(async () => {
    await it.client.delete(resources.pods, { namespace: "default", name: "web" }, { gracePeriodSeconds: 0 });
    await untilGone(it.client, "web");
    await it.client.create(resources.pods, podManifest("web", { nodeName }));
  });
  const second = (await findPod(it.client, "web"))!.metadata.uid;
  await untilPhase(it.client, "web", "Running");
  expect(lives.indexOf(`delete ${first.metadata.uid}`)).toBeGreaterThan(-1);
  expect(lives.indexOf(`create ${second}`)).toBeGreaterThan(lives.indexOf(`delete ${first.metadata.uid}`));
}, 15_000);
