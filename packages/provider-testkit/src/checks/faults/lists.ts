import assert from "node:assert/strict";
import { isProviderError } from "@virtual-kubelet/provider";
import type { CheckDefinition } from "../../check-definition.ts";
import type { Scene } from "../../scene/scene.ts";
import { untilQuiet } from "../../scene/until-quiet.ts";

const needs = { area: "lists", workloads: ["run"] } as const;

/** A failed or a partial list is not an empty world. */
export const listChecks: readonly CheckDefinition[] = [
  {
    ...needs,
    word: "partial",
    name: "a list that breaks off is an error, or complete after all: never a part",
    faults: ["partialList"],
    async run(scene) {
      const expected = await threePods(scene);
      await scene.fault(() => scene.faults.partialList());
      const uids = await listed(scene);
      if (uids) assert.deepEqual(uids.toSorted(), expected.toSorted());
    },
  },
  {
    ...needs,
    word: "partial-watch",
    name: "a list that breaks off makes no watch say that a pod is gone, nor that it has told of all",
    faults: ["partialList"],
    methods: ["watchPods"],
    async run(scene) {
      const expected = await threePods(scene);
      const before = scene.life.watch();
      await before.untilSynced();
      await scene.fault(() => scene.faults.partialList());
      const during = scene.life.watch();
      await untilQuiet(scene);
      for (const { events, isSynced } of [before, during]) {
        assert.ok(!events.some(({ type }) => type === "gone"), "it says that one is gone");
        const told = new Set(events.flatMap((event) => (event.type === "state" ? [event.pod.uid] : [])));
        assert.ok(!isSynced || expected.every((uid) => told.has(uid)), "it says synced after a part");
      }
    },
  },
  {
    ...needs,
    word: "failed",
    name: "a list that cannot be had is an error, and not an empty list",
    faults: ["unreachable"],
    async run(scene) {
      await scene.createRunning(scene.workloads.run());
      await scene.fault(() => scene.faults.unreachable());
      const uids = await listed(scene);
      assert.ok(uids === undefined || uids.length === 1, "getPods gave an empty list");
    },
  },
];

async function threePods(scene: Scene): Promise<readonly string[]> {
  const { run } = scene.workloads;
  const pods = [await scene.createRunning(run()), await scene.createRunning(run()), await scene.createRunning(run())];
  return pods.map(({ metadata }) => metadata.uid);
}

/** The UIDs of a list; `undefined` when it is refused with an error that is a provider's. */
async function listed(scene: Scene): Promise<readonly string[] | undefined> {
  try {
    return (await scene.life.list()).map(({ uid }) => uid);
  } catch (error) {
    assert.ok(isProviderError(error), `getPods failed with ${String(error)}, which is no ProviderError`);
    return undefined;
  }
}
