import { type PodState, silentLogger } from "@virtual-kubelet/provider";
import { expect, onTestFinished, test, vi } from "vitest";
import { NodeHealth } from "../../../src/node/node-health.ts";
import { OrphanedPods } from "../../../src/pods/backend/orphaned-pods.ts";
import { stateOf } from "../../pod-builder.ts";

interface Scene {
  readonly orphans: OrphanedPods;
  readonly health: NodeHealth;
  /** What is to be stopped. */
  readonly stopped: readonly PodState[];
  /** How many pods the cluster has of which the backend has told, too. */
  others: number;
  /** How often the cluster was asked. */
  lists: number;
  listBackend: () => void;
}

/** A cluster that has none of those that are suspected. */
function openScene(): Scene {
  const ending = new AbortController();
  const health = new NodeHealth();
  const stopped: PodState[] = [];
  const orphans = new OrphanedPods({
    logger: silentLogger,
    afterMs: 20,
    health,
    others: () => scene.others,
    listBackend: async () => scene.listBackend(),
    listCluster: async () => {
      scene.lists++;
      return new Set();
    },
  });
  const scene: Scene = { orphans, health, stopped, others: 0, lists: 0, listBackend: () => {} };
  const following = (async () => {
    for await (const state of orphans.found({ signal: ending.signal })) stopped.push(state);
  })();
  onTestFinished(async () => {
    ending.abort();
    await following;
  });
  orphans.clusterListed();
  return scene;
}

const suspects = Array.from({ length: 12 }, (_, index) => stateOf("Running", { uid: `old${index}` }));

test("what a cluster that lacks most pods no longer has runs on when the node is given others", async () => {
  const scene = openScene();
  for (const state of suspects) scene.orphans.suspect(state);
  const untilListed = async (times: number) => {
    const due = scene.lists + times;
    await vi.waitFor(() => expect(scene.lists >= due || scene.stopped.length > 0).toBe(true), { interval: 5 });
  };
  await untilListed(3);
  expect(scene.stopped).toEqual([]);
  // As after a restore of etcd: what was lost is made anew, and the scheduler gives it to this node.
  scene.others = 12;
  await untilListed(3);
  expect(scene.stopped).toEqual([]);
});

test("what the backend turns out to have no more raises no alarm", async () => {
  const scene = openScene();
  scene.listBackend = () =>
    scene.orphans.retain({ uids: new Set(["other"]), begunAtMs: performance.now() }, () => false);
  for (const state of suspects) scene.orphans.suspect(state);
  await vi.waitFor(() => expect(scene.lists).toBe(1), { interval: 5 });
  expect(scene.stopped).toEqual([]);
  expect(scene.health.verdicts()).toEqual([
    expect.objectContaining({ type: "ClusterPodsDisappeared", status: "False" }),
  ]);
});
