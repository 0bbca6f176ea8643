import assert from "node:assert/strict";
import type { CheckDefinition } from "../check-definition.ts";
import { logText, untilLogged } from "../scene/log-text.ts";
import { hasEnded, isRunning, requireExitCode, runOf } from "../scene/status-facts.ts";
import { untilQuiet } from "../scene/until-quiet.ts";

/** What outlives the agent. */
export const restartChecks: readonly CheckDefinition[] = [
  {
    area: "restart",
    word: "runs-on",
    name: "a pod runs on while the agent is away, and is found as it was",
    workloads: ["run"],
    async run(scene) {
      const pod = await scene.createRunning(scene.workloads.run());
      const before = runOf((await scene.state(pod)).status);
      await scene.restart();
      assert.equal(runOf(await scene.untilRunning(pod)), before);
    },
  },
  {
    area: "restart",
    word: "list",
    name: "after a restart getPods has the pods that were created before",
    workloads: ["run"],
    async run(scene) {
      const pod = await scene.createRunning(scene.workloads.run());
      await scene.restart();
      assert.deepEqual(
        (await scene.life.list()).map(({ uid }) => uid),
        [pod.metadata.uid],
      );
    },
  },
  {
    area: "restart",
    word: "watch",
    name: "after a restart the watch tells of the pods that were created before",
    methods: ["watchPods"],
    workloads: ["run"],
    async run(scene) {
      const pod = await scene.createRunning(scene.workloads.run());
      await scene.restart();
      const watch = scene.life.watch();
      await watch.untilSynced();
      assert.ok(watch.statesOf(pod.metadata).length > 0, "it said nothing of the pod before synced");
    },
  },
  {
    area: "restart",
    word: "revision",
    name: "the revision that createPod was given survives a restart",
    workloads: ["run"],
    async run(scene) {
      const pod = await scene.create(scene.pod(scene.workloads.run()), { revision: "v1:77aa" });
      await scene.untilRunning(pod);
      await scene.restart();
      assert.equal((await scene.state(pod)).revision, "v1:77aa");
    },
  },
  {
    area: "restart",
    word: "ended-meanwhile",
    name: "a pod that ends while the agent is away shows its exit code",
    workloads: ["exit"],
    async run(scene) {
      const { stepMs } = scene.timings;
      const pod = await scene.create(scene.pod(scene.workloads.exit({ code: 6, afterMs: 4 * stepMs })));
      await scene.untilStatus(pod, (status) => isRunning(status) || hasEnded(status), "a running pod");
      await scene.restart(async () => {
        await scene.pause(6 * stepMs);
      });
      requireExitCode(await scene.untilEnded(pod), 6);
    },
  },
  {
    area: "restart",
    word: "create-again",
    name: "createPod, repeated after a restart, is harmless: the pod runs on as it is",
    workloads: ["run"],
    async run(scene) {
      const pod = await scene.createRunning(scene.workloads.run());
      await scene.restart();
      const before = runOf((await scene.state(pod)).status);
      await scene.create(pod);
      await untilQuiet(scene);
      assert.equal(runOf(await scene.untilRunning(pod)), before);
    },
  },
  {
    area: "restart",
    word: "adopt",
    name: "adoptPod takes a pod over without touching what runs",
    methods: ["adoptPod"],
    workloads: ["run"],
    async run(scene) {
      const pod = await scene.createRunning(scene.workloads.run());
      await scene.restart();
      const before = runOf((await scene.state(pod)).status);
      await scene.adopt(pod);
      await untilQuiet(scene);
      assert.equal(runOf(await scene.untilRunning(pod)), before);
    },
  },
  {
    area: "restart",
    word: "delete",
    name: "a pod of a life before can be deleted",
    workloads: ["run"],
    async run(scene) {
      const pod = await scene.createRunning(scene.workloads.run());
      await scene.restart();
      await scene.remove(pod);
    },
  },
  {
    area: "restart",
    word: "logs",
    name: "what a container wrote before a restart is in its log after it",
    methods: ["getContainerLogs"],
    workloads: ["print"],
    async run(scene) {
      const lines = [{ stream: "stdout", text: "written before" }] as const;
      const pod = await scene.createRunning(scene.workloads.print({ lines, everyMs: 0, afterwards: "run" }));
      await untilLogged(scene, pod, 1);
      await scene.restart();
      assert.equal(await logText(scene, pod), "written before\n");
    },
  },
];
