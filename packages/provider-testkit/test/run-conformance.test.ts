import { expect, test } from "vitest";
import {
  type ConformanceResult,
  conformance,
  conformanceTable,
  runConformance,
  withConformanceTable,
} from "../src/index.ts";
import { podSabotage } from "./sabotage/pod-sabotage.ts";
import { smallTarget } from "./small/small-target.ts";

test("each check has a result: passed, failed with its error, or skipped with its reason", async () => {
  const told: ConformanceResult[] = [];
  const target = {
    ...smallTarget((honest, scope) => ({ ...podSabotage["pods.succeeded"]?.(honest, scope) })),
    skips: { "pods.failed": "codes are not told here" },
  };
  const results = await runConformance(target, { only: "pods", onResult: (result) => told.push(result) });
  expect(told).toEqual(results);
  const outcomes = Object.fromEntries(results.map((result) => [result.id, result]));
  expect(outcomes["pods.runs"]).toMatchObject({ outcome: "passed" });
  expect(outcomes["pods.succeeded"]).toMatchObject({ outcome: "failed", error: { actual: "Failed" } });
  expect(outcomes["pods.failed"]).toMatchObject({ outcome: "skipped", reason: "codes are not told here" });
});

test("what the target or the provider lacks is a reason to skip", async () => {
  const { faults: _faults, ...target } = smallTarget(() => ({ exec: undefined }) as never);
  const listen = "containers have no network here";
  const { stubborn: _stubborn, ...workloads } = target.workloads;
  const skipped = new Map<string, string | undefined>();
  for (const check of conformance({ ...target, workloads: { ...workloads, listen } })) {
    if (!["exec.exit-code", "ports.both-ways", "hangs.list", "deletion.grace-over"].includes(check.id)) continue;
    let told: string | undefined;
    const outcome = await check.run({ skip: (reason) => (told = reason) });
    expect(told).toBe(outcome.skipped);
    skipped.set(check.id, told);
  }
  expect(Object.fromEntries(skipped)).toEqual({
    "exec.exit-code": "the provider has no exec",
    "ports.both-ways": listen,
    "hangs.list": "no fault can be made here",
    "deletion.grace-over": 'there is no workload here for "stubborn"',
  });
});

test("what the provider's features refuse is not asked for, and its reason is that of the check", async () => {
  const reason = "one program";
  const target = smallTarget(() => ({
    features: [
      { field: "init", support: "refused", reason, asks: ({ spec }) => (spec.initContainers ?? []).length > 0 },
    ],
  }));
  const [result] = await runConformance(target, { only: "containers.init-order" });
  expect(result).toMatchObject({ outcome: "skipped", reason: "init is refused: one program" });
});

test("a skip of a check that there is not is an error, and so is a choice of one", async () => {
  expect(() => conformance({ ...smallTarget(), skips: { "pods.flies": "no wings" } })).toThrow('"pods.flies"');
  await expect(runConformance(smallTarget(), { only: "flying" })).rejects.toThrow('no area "flying"');
});

test("the signal ends the run, and what was created is gone", async () => {
  const stop = new AbortController();
  const left = new Set<string>();
  const target = smallTarget((honest) => ({
    async createPod(pod, call) {
      await honest.createPod(pod, call);
      left.add(pod.metadata.uid);
      stop.abort();
    },
    async deletePod(pod, call) {
      await honest.deletePod(pod, call);
      if (!(await honest.getPod(pod, call))) left.delete(pod.uid);
    },
  }));
  const run = runConformance(target, { signal: stop.signal, only: "pods" });
  await expect(run).rejects.toMatchObject({ name: "AbortError" });
  expect(left).toEqual(new Set());
});

test("the table has a row for each area, and the README takes it between its markers", () => {
  const results = [
    { id: "pods.a", area: "pods", name: "a pod", outcome: "passed" },
    { id: "pods.b", area: "pods", name: "b pod", outcome: "failed" },
    { id: "exec.a", area: "exec", name: "an exec", outcome: "skipped", reason: "no | exec" },
    { id: "exec.b", area: "exec", name: "an exec", outcome: "skipped", reason: "no | exec" },
  ] as const;
  const table = conformanceTable(results);
  expect(table.split("\n")).toEqual([
    "| Area | Passed | Not made |",
    "| --- | --- | --- |",
    "| pods | 1 of 2; failed: b pod |  |",
    String.raw`| exec | 0 of 2 | 2: no \| exec |`,
    "",
  ]);
  const readme = withConformanceTable("# A\n<!-- conformance -->\nold\n<!-- /conformance -->\nrest\n", results);
  expect(readme).toBe(`# A\n<!-- conformance -->\n\n${table}\n<!-- /conformance -->\nrest\n`);
  expect(() => withConformanceTable("# A\n", results)).toThrow("add both");
});
