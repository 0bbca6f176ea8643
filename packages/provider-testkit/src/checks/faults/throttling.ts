import assert from "node:assert/strict";
import { isProviderError } from "@virtual-kubelet/provider";
import type { CheckDefinition } from "../../check-definition.ts";
import { until } from "../../scene/within.ts";
import { createOrError } from "./errors.ts";

const needs = { area: "throttling", faults: ["throttle"], workloads: ["run"] } as const;

/** What happens when the backend says that there are too many requests. */
export const throttlingChecks: readonly CheckDefinition[] = [
  {
    ...needs,
    word: "code",
    name: "a call that the backend turns away for too many requests rejects with Throttled",
    async run(scene) {
      await scene.fault(() => scene.faults.throttle(lasting(scene.timings.soonMs)));
      const error = await createOrError(scene, scene.pod(scene.workloads.run()));
      assert.ok(isProviderError(error, "Throttled"), `createPod rejected with ${String(error)}`);
    },
  },
  {
    ...needs,
    word: "retry-after",
    name: "a call that is turned away says after how long the backend wants to be asked again",
    async run(scene) {
      const asked = lasting(scene.timings.soonMs);
      await scene.fault(() => scene.faults.throttle(asked));
      const error = await createOrError(scene, scene.pod(scene.workloads.run()));
      assert.equal(isProviderError(error) ? error.retryAfterMs : undefined, asked.retryAfterMs);
    },
  },
  {
    ...needs,
    word: "recovers",
    name: "when the backend takes requests again, the call succeeds",
    async run(scene) {
      const pod = scene.pod(scene.workloads.run());
      const fault = await scene.fault(() => scene.faults.throttle({ retryAfterMs: 1000 }));
      await createOrError(scene, pod);
      await fault.end();
      const { startMs: limitMs, lookMs } = scene.timings;
      const isAccepted = (error: unknown): error is undefined => error === undefined;
      const waiting = { limitMs, lookMs, what: "an accepted pod", signal: scene.signal };
      await until(() => createOrError(scene, pod), isAccepted, waiting);
    },
  },
];

/** Longer than a call may wait by itself; whole seconds, as the header `Retry-After` has them. */
function lasting(soonMs: number): { readonly retryAfterMs: number } {
  return { retryAfterMs: Math.ceil((10 * soonMs) / 1000) * 1000 };
}
