import { describe, expect, test } from "vitest";
import { durationText, kubeletBackoff, restartAfter, restarts } from "../src/restart-rules.ts";
import { now, podOf, ran } from "./situations.ts";

const ended = { exit: { type: "code", code: 1 }, finishedAtMs: now } as const;

describe("the pause before a restart", () => {
  test("is nothing, then ten seconds, doubling up to five minutes", () => {
    const pauses: number[] = [];
    let backoffMs = 0;
    for (let attempt = 0; attempt < 8; attempt++) {
      const restart = restartAfter(ran("app", 1, { attempt, backoffMs }), ended, kubeletBackoff);
      pauses.push((restart.atMs - now) / 1000);
      ({ backoffMs } = restart);
    }
    expect(pauses).toEqual([0, 10, 20, 40, 80, 160, 300, 300]);
  });

  test("is forgotten after ten minutes of running", () => {
    const last = ran("app", 601, { attempt: 7, backoffMs: 300_000 });
    expect(restartAfter(last, ended, kubeletBackoff)).toEqual({ atMs: now, backoffMs: 10_000 });
  });

  test.each([
    [10_000, "10s"],
    [80_000, "1m20s"],
    [300_000, "5m0s"],
  ])("of %i ms reads %s", (ms, text) => expect(durationText(ms)).toBe(text));
});

describe("a container's own rules", () => {
  const rule = (operator: string) => ({ action: "Restart", exitCodes: { operator, values: [42] } });
  test.each([
    { container: { name: "app", restartPolicyRules: [rule("In")] }, code: 42, expected: true },
    { container: { name: "app", restartPolicyRules: [rule("In")] }, code: 1, expected: false },
    { container: { name: "app", restartPolicyRules: [rule("NotIn")] }, code: 1, expected: true },
    { container: { name: "app", restartPolicy: "Always" }, code: 0, expected: true },
  ])("go before the pod's policy: $expected for $code", ({ container, code, expected }) => {
    expect(restarts(podOf({ restartPolicy: "Never" }), container, code)).toBe(expected);
  });
});
