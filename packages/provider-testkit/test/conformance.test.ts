import { describe, expect, test } from "vitest";
import { conformance } from "../src/index.ts";
import { type Sabotage, smallTarget } from "./small/small-target.ts";

describe("an honest provider", () => {
  for (const { id, name } of conformance(smallTarget())) {
    test.concurrent(`passes ${id}: ${name}`, async () => {
      const check = conformance(smallTarget()).find((one) => one.id === id);
      expect(await check?.run()).toEqual({});
    });
  }
});

/** It sends the signal alone: the kill is left to the node, which asks again with a grace of 0. */
const withoutGrace: Sabotage = (honest) => ({
  deletePod: (pod, call) =>
    honest.deletePod(pod, call.gracePeriodSeconds > 0 ? { ...call, gracePeriodSeconds: 3600 } : call),
});

/** Its containers end as soon as they run. */
const endsAtOnce: Sabotage = (honest) => ({
  async getPod(pod, call) {
    const state = await honest.getPod(pod, call);
    return state?.status ? { ...state, status: { ...state.status, phase: "Failed" } } : state;
  },
});

test("a backend that has no grace of its own may leave the kill to the node", async () => {
  const checks = conformance(smallTarget(withoutGrace)).filter(({ id }) => id.startsWith("deletion."));
  const outcomes = await Promise.all(checks.map((check) => check.run()));
  expect(outcomes).toEqual(checks.map(() => ({})));
});

test("a pod that was to run and has ended is not waited for, and its status is told", async () => {
  const check = conformance(smallTarget(endsAtOnce)).find(({ id }) => id === "pods.create-again");
  const before = performance.now();
  await expect(check?.run()).rejects.toThrow(/which was to run on, has ended by itself; seen last: .*"phase":"Failed"/);
  expect(performance.now() - before).toBeLessThan(2000);
});

/** It tells no exit codes, as a backend that has lost them does. */
const losesCodes: Sabotage = (honest) => ({
  async getPod(pod, call) {
    const state = await honest.getPod(pod, call);
    const containerStatuses = state?.status?.containerStatuses?.map((one) => {
      const terminated = one.state?.terminated;
      if (!terminated) return one;
      return { ...one, state: { terminated: { ...terminated, exitCode: 137, reason: "ContainerStatusUnknown" } } };
    });
    return state?.status && containerStatuses ? { ...state, status: { ...state.status, containerStatuses } } : state;
  },
});

test("an exit code that is another is told with its reason", async () => {
  const check = conformance(smallTarget(losesCodes)).find(({ id }) => id === "pods.failed");
  await expect(check?.run()).rejects.toThrow(
    "Container main has ended with 137 (ContainerStatusUnknown), and not with 3",
  );
});
