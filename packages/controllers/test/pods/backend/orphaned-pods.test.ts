import type { KubernetesClient } from "@virtual-kubelet/kubernetes";
import { type PodState, silentLogger } from "@virtual-kubelet/provider";
import { expect, test, vi } from "vitest";
import { NodeHealth } from "../../../src/node/node-health.ts";
import { OrphanedPods } from "../../../src/pods/backend/orphaned-pods.ts";
import { stateOf } from "../../pod-builder.ts";

test("what a cluster that lacks most pods no longer has runs on when the node is given others", async () => {
  const ending = new AbortController();
  let others = 0;
  let lists = 0;
  const orphans = new OrphanedPods({
    client: { list: async () => (lists++, { items: [], metadata: {} }) } as unknown as KubernetesClient,
    nodeName: "edge",
    logger: silentLogger,
    afterMs: 20,
    health: new NodeHealth(),
    others: () => others,
  });
  orphans.clusterListed();
  for (let index = 0; index < 12; index++) orphans.suspect(stateOf("Running", { uid: `old${index}` }));
  const stopped: PodState[] = [];
  const following = (async () => {
    for await (const state of orphans.found({ signal: ending.signal })) stopped.push(state);
  })();
  const until = async (count: number) =>
    vi.waitFor(() => expect(lists >= count || stopped.length > 0).toBe(true), { interval: 5 });
  await until(3);
  expect(stopped).toEqual([]);
  // As after a restore of etcd: what was lost is made anew, and the scheduler gives it to this node.
  others = 12;
  await until(lists + 3);
  ending.abort();
  await following;
  expect(stopped).toEqual([]);
}, 3_000);

test("a wait of nothing between two lists does not make the node list without a pause", async () => {
  let lists = 0;
  const orphans = new OrphanedPods({
    client: { list: async () => (lists++, { items: [], metadata: {} }) } as unknown as KubernetesClient,
    nodeName: "edge",
    logger: silentLogger,
    afterMs: 0,
    health: new NodeHealth(),
    others: () => 0,
  });
  orphans.clusterListed();
  for (let index = 0; index < 12; index++) orphans.suspect(stateOf("Running", { uid: `old${index}` }));
  for await (const state of orphans.found({ signal: AbortSignal.timeout(500) })) expect(state).toBeUndefined();
  expect(lists).toBeLessThan(10);
});
