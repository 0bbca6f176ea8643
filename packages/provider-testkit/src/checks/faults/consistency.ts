import assert from "node:assert/strict";
import type { CheckDefinition } from "../../check-definition.ts";
import type { Scene } from "../../scene/scene.ts";
import { runOf } from "../../scene/status-facts.ts";
import { untilQuiet } from "../../scene/until-quiet.ts";

const needs = { area: "consistency", faults: ["delayVisibility"], workloads: ["run"] } as const;

/** What is promised where a backend shows late what it has accepted. */
export const consistencyChecks: readonly CheckDefinition[] = [
  {
    ...needs,
    word: "not-absent",
    name: "a pod that was accepted is not said to be absent while the backend does not show it yet",
    async run(scene) {
      await delay(scene);
      const pod = await scene.create(scene.pod(scene.workloads.run()));
      assert.ok(await scene.life.get(pod.metadata), "getPod says that there is none");
    },
  },
  {
    ...needs,
    word: "listed",
    name: "a pod that was accepted is not missing in getPods while the backend does not show it yet",
    async run(scene) {
      await delay(scene);
      const pod = await scene.create(scene.pod(scene.workloads.run()));
      assert.deepEqual(
        (await scene.life.list()).map(({ uid }) => uid),
        [pod.metadata.uid],
      );
    },
  },
  {
    ...needs,
    word: "created-once",
    name: "createPod, repeated while the backend does not show the pod yet, does not make a second one",
    async run(scene) {
      const fault = await delay(scene);
      const pod = await scene.create(scene.pod(scene.workloads.run()));
      await scene.create(pod);
      await fault.end();
      const before = runOf(await scene.untilRunning(pod));
      await untilQuiet(scene);
      assert.deepEqual(
        (await scene.life.list()).map(({ uid, status }) => [uid, runOf(status)]),
        [[pod.metadata.uid, before]],
      );
    },
  },
  {
    ...needs,
    word: "deleted",
    name: "a pod that is deleted while the backend does not show it yet is gone in the end",
    async run(scene) {
      const fault = await delay(scene);
      const pod = await scene.create(scene.pod(scene.workloads.run()));
      await scene.remove(pod);
      await fault.end();
      await untilQuiet(scene);
      const names = (await scene.life.list()).map(({ name }) => name);
      assert.deepEqual(names, [], `getPods still gives ${names.join(", ")}`);
    },
  },
];

async function delay(scene: Scene) {
  const delayMs = 4 * scene.timings.stepMs;
  return scene.fault(() => scene.faults.delayVisibility({ delayMs }));
}
