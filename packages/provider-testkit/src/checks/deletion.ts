import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { Pod, PodStatus } from "@virtual-kubelet/kubernetes";
import { type PodState, type Provider, isProviderError } from "@virtual-kubelet/provider";
import type { CheckDefinition } from "../check-definition.ts";
import { logText, untilLogged } from "../scene/log-text.ts";
import type { Scene } from "../scene/scene.ts";
import { exitCodeOf, hasEnded, requireExitCode, runOf } from "../scene/status-facts.ts";
import { untilQuiet } from "../scene/until-quiet.ts";
import { until } from "../scene/within.ts";

/** What `deletePod` and `releasePod` promise. */
export const deletionChecks: readonly CheckDefinition[] = [
  {
    area: "deletion",
    word: "end-is-seen",
    name: "the end of a deleted pod is seen as its state, before the pod is gone",
    workloads: ["run"],
    async run(scene) {
      const pod = await scene.createRunning(scene.workloads.run());
      await begin(scene, pod);
      await scene.untilEnded(pod);
    },
  },
  {
    area: "deletion",
    word: "gone",
    name: "deletion, repeated until the pod is gone, leaves nothing in getPods",
    workloads: ["run"],
    async run(scene) {
      const pod = await scene.createRunning(scene.workloads.run());
      await scene.remove(pod);
      const names = (await scene.life.list()).map(({ name }) => name);
      assert.deepEqual(names, [], `getPods still gives ${names.join(", ")}`);
    },
  },
  {
    area: "deletion",
    word: "unknown",
    name: "deletion of a pod that is gone is no error, or NotFound",
    async run(scene) {
      const unknown = { namespace: "conformance", name: "nobody", uid: randomUUID() };
      const call = { signal: scene.signal, gracePeriodSeconds: 0 };
      try {
        await scene.life.soon(() => scene.provider.deletePod(unknown, call), "deletePod");
      } catch (error) {
        if (!isProviderError(error, "NotFound")) throw error;
      }
    },
  },
  {
    area: "deletion",
    word: "returns-at-once",
    name: "deletePod resolves when the stop has begun, and does not wait for the end",
    workloads: ["stubborn"],
    async run(scene) {
      const pod = await scene.createRunning(scene.workloads.stubborn());
      await untilReady(scene, pod);
      const graceSeconds = (2 * scene.timings.soonMs) / 1000;
      await begin(scene, pod, graceSeconds);
      assert.ok(!hasEnded((await scene.state(pod)).status), "the pod had ended when deletePod resolved");
    },
  },
  {
    area: "deletion",
    word: "grace",
    name: "within its grace a container may end by itself, and its exit code is told",
    workloads: ["stop"],
    async run(scene) {
      const { stepMs, startMs } = scene.timings;
      const pod = await scene.createRunning(scene.workloads.stop({ code: 9, afterMs: stepMs }));
      await untilReady(scene, pod);
      await begin(scene, pod, startMs / 1000);
      requireExitCode(await scene.untilEnded(pod), 9);
    },
  },
  {
    area: "deletion",
    word: "grace-over",
    name: "a container that does not end within its grace is killed",
    workloads: ["stubborn"],
    async run(scene) {
      const pod = await scene.createRunning(scene.workloads.stubborn());
      await untilReady(scene, pod);
      await begin(scene, pod);
      await scene.pause(scene.timings.graceSeconds * 1000);
      // As the node does: for a backend without a grace of its own, this is the kill. What has ended would be removed by it.
      if (!hasEnded((await scene.state(pod)).status)) await begin(scene, pod, 0);
      const status = await untilEndedOrGone(scene, pod);
      assert.notEqual(exitCodeOf(status), 0);
    },
  },
  {
    area: "deletion",
    word: "grace-shortened",
    name: "deletion with a grace of 0 ends a pod at once that has been given a longer one",
    workloads: ["stubborn"],
    async run(scene) {
      const pod = await scene.createRunning(scene.workloads.stubborn());
      await untilReady(scene, pod);
      await begin(scene, pod, (10 * scene.timings.startMs) / 1000);
      await begin(scene, pod, 0);
      await scene.untilEnded(pod);
    },
  },
  {
    area: "deletion",
    word: "no-restart",
    name: "a pod that is being deleted is not started again, whatever its restartPolicy",
    workloads: ["run"],
    async run(scene) {
      const pod = await scene.createRunning(scene.workloads.run(), { restartPolicy: "Always" });
      await begin(scene, pod);
      await scene.untilEnded(pod);
      await untilQuiet(scene);
      assert.ok(hasEnded((await scene.life.get(pod.metadata))?.status ?? { phase: "Failed" }), "it runs again");
    },
  },
  {
    area: "deletion",
    word: "ended-before",
    name: "the exit code of a pod that had ended does not change when it is deleted",
    workloads: ["exit"],
    async run(scene) {
      const pod = await scene.createEnded(scene.workloads.exit({ code: 7, afterMs: 0 }));
      await begin(scene, pod);
      const after = await scene.life.get(pod.metadata);
      if (after) requireExitCode(after.status, 7);
    },
  },
  {
    area: "deletion",
    word: "namesake",
    name: "deletion of a pod leaves its namesake of another UID alone",
    workloads: ["run"],
    namesakes: true,
    async run(scene) {
      const { run } = scene.workloads;
      const first = await scene.createRunning(run());
      const second = await scene.createRunning(run(), { name: first.metadata.name });
      const before = runOf((await scene.state(second)).status);
      await scene.remove(first);
      assert.equal(runOf(await scene.untilRunning(second)), before);
    },
  },
  {
    area: "deletion",
    word: "release",
    name: "after releasePod a pod's log stays until deletePod",
    methods: ["releasePod", "getContainerLogs"],
    workloads: ["print"],
    async run(scene) {
      const lines = [
        { stream: "stdout", text: "kept" },
        { stream: "stdout", text: "also kept" },
      ] as const;
      const pod = await scene.createEnded(scene.workloads.print({ lines, everyMs: 0, afterwards: 0 }));
      const { provider, signal } = scene;
      await scene.life.soon(() => provider.releasePod(pod.metadata, { signal }), "releasePod");
      assert.match(await logText(scene, pod), /^kept\n/);
    },
  },
];

/** A program that has just started may not be ready to be asked to end; it says when it is. */
async function untilReady(scene: Scene, pod: Pod): Promise<void> {
  if ((scene.provider as Provider).getContainerLogs) await untilLogged(scene, pod, 1);
  else await scene.pause(5 * scene.timings.stepMs);
}

/** The last status of a pod, which may have ended, and be removed, between a look and a deletion. */
async function untilEndedOrGone(scene: Scene, pod: Pod): Promise<PodStatus | undefined> {
  const { startMs: limitMs, lookMs } = scene.timings;
  const state = await until(
    () => scene.life.get(pod.metadata),
    (seen): seen is PodState | undefined => seen === undefined || hasEnded(seen.status),
    {
      what: "the end of the pod, after its grace and a deletion with a grace of 0,",
      limitMs,
      lookMs,
      signal: scene.signal,
    },
  );
  return state?.status;
}

async function begin(scene: Scene, pod: Pod, graceSeconds: number = scene.timings.graceSeconds): Promise<void> {
  await scene.life.delete(pod.metadata, graceSeconds);
}
