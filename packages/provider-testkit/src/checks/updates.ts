import assert from "node:assert/strict";
import type { Pod } from "@virtual-kubelet/kubernetes";
import type { CheckDefinition } from "../check-definition.ts";
import type { Scene } from "../scene/scene.ts";
import { runOf } from "../scene/status-facts.ts";
import { untilQuiet } from "../scene/until-quiet.ts";

/** What `updatePod` promises. */
export const updateChecks: readonly CheckDefinition[] = [
  {
    area: "updates",
    word: "revision",
    name: "after updatePod a pod's state has the revision that it was given",
    methods: ["updatePod"],
    workloads: ["run"],
    async run(scene) {
      const pod = await scene.createRunning(scene.workloads.run());
      await label(scene, pod, "v1:bb01");
      assert.equal((await scene.state(pod)).revision, "v1:bb01");
    },
  },
  {
    area: "updates",
    word: "revision-kept",
    name: "the revision that updatePod was given survives a restart",
    methods: ["updatePod"],
    workloads: ["run"],
    async run(scene) {
      const pod = await scene.createRunning(scene.workloads.run());
      await label(scene, pod, "v1:bb02");
      await scene.restart();
      assert.equal((await scene.state(pod)).revision, "v1:bb02");
    },
  },
  {
    area: "updates",
    word: "no-restart",
    name: "a new label does not start a container anew",
    methods: ["updatePod"],
    workloads: ["run"],
    async run(scene) {
      const pod = await scene.createRunning(scene.workloads.run());
      const before = runOf((await scene.state(pod)).status);
      await label(scene, pod, "v1:bb03");
      await untilQuiet(scene);
      assert.equal(runOf(await scene.untilRunning(pod)), before);
    },
  },
];

async function label(scene: Scene, pod: Pod, revision: string): Promise<void> {
  const { provider, signal } = scene;
  const changed = { ...pod, metadata: { ...pod.metadata, labels: { colour: "green" } } };
  scene.objects.keep(changed);
  const call = { signal, revision, changes: ["labels"] } as const;
  await scene.life.soon(() => provider.updatePod(changed, call), "updatePod");
}
