import { setTimeout as sleep } from "node:timers/promises";
import { startDevCluster } from "@virtual-kubelet/dev-cluster";
import { type Draft, KubernetesClient, type Pod, resources } from "@virtual-kubelet/kubernetes";
import { type Provider } from "@virtual-kubelet/provider";
import { MockBackend } from "@virtual-kubelet/provider-mock";
import { expect, test } from "vitest";
import { startApiProxy } from "./api-proxy.ts";
import { eventually, findPod, mockOf, nodeName, podManifest, startNode, untilPhase } from "./cluster-with-node.ts";

function bound(name: string, cpu: string): Draft<Pod> {
  return podManifest(name, {
    nodeName,
    containers: [{ name: "main", image: "app:1", resources: { requests: { cpu } } }],
  });
}

test("after a restart nobody new is let in before what runs is counted, however late the cluster lists its pods", async () => {
  await using cluster = await startDevCluster();
  await using client = new KubernetesClient({ connection: cluster.connection() });
  await using proxy = await startApiProxy(cluster);
  const backend = new MockBackend();
  const provider: Provider = { ...mockOf(backend), describeNode: () => ({ capacity: { cpu: "1", pods: "10" } }) };
  const common = { provider, connection: proxy.connection, kubeletApi: false } as const;
  {
    await using _before = await startNode(cluster, common);
    await client.create(resources.pods, bound("old", "800m"));
    await untilPhase(client, "old", "Running");
  }
  await client.create(resources.pods, bound("a-new", "800m"));
  proxy.holdAnswer = ({ path }) => (path.includes("/pods") ? sleep(500) : undefined);
  await using _after = await startNode(cluster, common);
  await eventually(async () => {
    const waiting = (await findPod(client, "a-new"))?.status?.containerStatuses?.[0]?.state?.waiting?.reason;
    expect(waiting).toBe("OutOfcpu");
  });
  expect(backend.list().map(({ name }) => name)).toEqual(["old"]);
}, 20_000);
