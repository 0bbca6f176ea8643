import assert from "node:assert/strict";
import type { CheckDefinition } from "../../check-definition.ts";
import { ByteReading } from "../../scene/byte-reading.ts";
import type { Scene } from "../../scene/scene.ts";
import { until } from "../../scene/within.ts";
import { createOrError } from "./errors.ts";

const needs = { area: "hangs", faults: ["hang"], workloads: ["run"] } as const;

/** A backend that takes requests and never answers holds nobody longer than the call's signal. */
export const hangChecks: readonly CheckDefinition[] = [
  {
    ...needs,
    word: "create",
    name: "createPod on a backend that hangs ends soon when its signal aborts",
    async run(scene) {
      const pod = scene.pod(scene.workloads.run());
      scene.objects.keep(pod);
      await endsWithItsSignal(scene, (signal) => scene.provider.createPod(pod, { signal, revision: "v1:a" }));
    },
  },
  {
    ...needs,
    word: "delete",
    name: "deletePod on a backend that hangs ends soon when its signal aborts",
    async run(scene) {
      const { metadata } = await scene.createRunning(scene.workloads.run());
      await endsWithItsSignal(scene, (signal) => scene.provider.deletePod(metadata, { signal, gracePeriodSeconds: 0 }));
    },
  },
  {
    ...needs,
    word: "get",
    name: "getPod on a backend that hangs ends soon when its signal aborts",
    async run(scene) {
      const { metadata } = await scene.createRunning(scene.workloads.run());
      await endsWithItsSignal(scene, (signal) => scene.provider.getPod(metadata, { signal }));
    },
  },
  {
    ...needs,
    word: "logs",
    name: "getContainerLogs on a backend that hangs ends soon when its signal aborts",
    methods: ["getContainerLogs"],
    async run(scene) {
      const { metadata: pod } = await scene.createRunning(scene.workloads.run());
      const once = { follow: false, previous: false, timestamps: false };
      await endsWithItsSignal(scene, async (signal) => {
        const log = await scene.provider.getContainerLogs({ pod, container: "main" }, { ...once, signal });
        await new ByteReading(log).ended;
      });
    },
  },
  {
    ...needs,
    word: "list",
    name: "getPods on a backend that hangs ends soon when its signal aborts",
    async run(scene) {
      await scene.createRunning(scene.workloads.run());
      await endsWithItsSignal(scene, (signal) => scene.life.read(signal));
    },
  },
  {
    ...needs,
    word: "ping",
    name: "ping of a backend that hangs ends soon when its signal aborts, and rejects",
    methods: ["ping"],
    async run(scene) {
      const outcome = await endsWithItsSignal(scene, (signal) => scene.provider.ping({ signal }));
      assert.equal(outcome, "rejected");
    },
  },
  {
    ...needs,
    word: "watch",
    name: "a watch that is opened on a backend that hangs ends when its signal aborts",
    methods: ["watchPods"],
    async run(scene) {
      await scene.fault(() => scene.faults.hang());
      const watch = scene.life.watch();
      await scene.pause(scene.timings.stepMs);
      watch.stop();
      await watch.until(() => watch.isOver, "the end of the watch", scene.timings.soonMs);
    },
  },
  {
    ...needs,
    word: "recovers",
    name: "when the backend answers again, calls succeed again without a restart",
    async run(scene) {
      const pod = scene.pod(scene.workloads.run());
      const fault = await scene.fault(() => scene.faults.hang());
      const signal = AbortSignal.timeout(scene.timings.stepMs);
      await scene.attempt(() => scene.provider.getPod(pod.metadata, { signal })).catch(() => undefined);
      await fault.end();
      const { startMs: limitMs, lookMs } = scene.timings;
      const isAccepted = (error: unknown): error is undefined => error === undefined;
      const waiting = { limitMs, lookMs, what: "an accepted pod", signal: scene.signal };
      await until(() => createOrError(scene, pod), isAccepted, waiting);
      await scene.untilRunning(pod);
    },
  },
];

/** How a call ended whose signal has aborted; what is answered from memory may succeed. */
async function endsWithItsSignal(
  scene: Scene,
  act: (signal: AbortSignal) => unknown,
): Promise<"resolved" | "rejected"> {
  await scene.fault(() => scene.faults.hang());
  const signal = AbortSignal.timeout(scene.timings.stepMs);
  const outcome = scene
    .attempt(() => act(signal))
    .then(
      () => "resolved" as const,
      () => "rejected" as const,
    );
  return scene.life.soon(() => outcome, "A call whose signal has aborted");
}
