import assert from "node:assert/strict";
import { inspect } from "node:util";
import type { Pod } from "@virtual-kubelet/kubernetes";
import { isProviderError } from "@virtual-kubelet/provider";
import type { CheckDefinition } from "../../check-definition.ts";
import { CheckSkipped } from "../../scene/check-skipped.ts";
import type { Scene } from "../../scene/scene.ts";
import { containerOf, isRunning } from "../../scene/status-facts.ts";
import { untilQuiet } from "../../scene/until-quiet.ts";
import { until } from "../../scene/within.ts";

const message = 'configmap "settings" not found';

/** What a provider says when it cannot do what it is asked to. */
export const errorChecks: readonly CheckDefinition[] = [
  {
    area: "errors",
    word: "config-missing",
    name: "what the context throws is passed on: by createPod, or as the waiting reason and the message of a container",
    workloads: ["run"],
    async run(scene) {
      scene.objects.withhold(message);
      const pod = scene.pod(scene.workloads.run());
      const refused = await createOrError(scene, pod);
      if (refused !== undefined) {
        assert.ok(isProviderError(refused, "ConfigMissing"), `createPod rejected with ${inspect(refused)}`);
        assert.ok(refused.message.includes(message), `the message is lost: ${refused.message}`);
        return;
      }
      const status = await scene.untilStatus(pod, (seen) => isRunning(seen) || isWaiting(seen), "a waiting container");
      const waiting = containerOf(status)?.state?.waiting;
      assert.equal(waiting?.reason, "CreateContainerConfigError");
      assert.ok(waiting?.message?.includes(message), `the message is lost: ${waiting?.message}`);
    },
  },
  {
    area: "errors",
    word: "config-appears",
    name: "a pod that something was missing for starts when createPod is repeated and it is there",
    workloads: ["run"],
    async run(scene) {
      scene.objects.withhold(message);
      const pod = scene.pod(scene.workloads.run());
      await createOrError(scene, pod);
      await untilQuiet(scene);
      scene.objects.lendVariables([]);
      await scene.create(pod);
      await scene.untilRunning(pod);
    },
  },
  {
    area: "errors",
    word: "unreachable",
    name: "while the backend cannot be reached a call rejects with Unavailable, and is not answered from memory",
    faults: ["unreachable"],
    workloads: ["run"],
    async run(scene) {
      const pod = scene.pod(scene.workloads.run());
      await scene.fault(() => scene.faults.unreachable());
      assert.ok(isProviderError(await createOrError(scene, pod), "Unavailable"), "createPod did not");
    },
  },
  {
    area: "errors",
    word: "unreachable-ping",
    name: "while the backend cannot be reached ping rejects",
    faults: ["unreachable"],
    methods: ["ping"],
    async run(scene) {
      await scene.fault(() => scene.faults.unreachable());
      const { provider, signal } = scene;
      await assert.rejects(
        scene.life.soon(() => provider.ping({ signal }), "ping"),
        (error) => !isLate(error),
      );
    },
  },
  {
    area: "errors",
    word: "recovers",
    name: "when the backend can be reached again, calls succeed again without a restart",
    faults: ["unreachable"],
    workloads: ["run"],
    async run(scene) {
      const pod = scene.pod(scene.workloads.run());
      const fault = await scene.fault(() => scene.faults.unreachable());
      await createOrError(scene, pod);
      await fault.end();
      const { startMs: limitMs, lookMs } = scene.timings;
      const isAccepted = (error: unknown): error is undefined => error === undefined;
      const waiting = { limitMs, lookMs, what: "an accepted pod", signal: scene.signal };
      await until(() => createOrError(scene, pod), isAccepted, waiting);
      await scene.untilRunning(pod);
    },
  },
];

/** With what `createPod` rejects; `undefined` when it does not. */
export async function createOrError(scene: Scene, pod: Pod): Promise<unknown> {
  try {
    await scene.create(pod);
    return undefined;
  } catch (error) {
    if (isLate(error) || error instanceof CheckSkipped) throw error;
    return error;
  }
}

function isLate(error: unknown): boolean {
  return error instanceof Error && error.message.includes("was not over within");
}

function isWaiting(status: Parameters<typeof containerOf>[0]): boolean {
  const reason = containerOf(status)?.state?.waiting?.reason;
  return reason !== undefined && reason !== "ContainerCreating" && reason !== "PodInitializing";
}
