import { describe, expect, test } from "vitest";
import { gatesOf, passedGatesOf } from "../../src/pod-from-job.ts";
import { recorded } from "../recorded-jobs.ts";

describe("the gates of init containers", () => {
  test("open one after the other: behind an init container that has ended well, and a sidecar that runs", () => {
    const opened = recorded("inits").map((job) => gatesOf(job).map(({ Path }) => nameOf(Path)));
    const steps = opened.filter((names, index) => names.join() !== opened[index - 1]?.join());
    expect(steps).toEqual([[], ["side"], ["i2"], []]);
  });

  test("stay shut behind one that has failed, and open when it is tried again and ends well", () => {
    expect(recorded("initfail").flatMap((job) => gatesOf(job))).toEqual([]);
    const opened = recorded("initretry").flatMap((job) => gatesOf(job).map(({ Path }) => nameOf(Path)));
    expect(new Set(opened)).toEqual(new Set(["i2"]));
  });

  test("are variables that the task may read without a policy", () => {
    const [gate] = recorded("initretry").flatMap((job) => gatesOf(job));
    expect(gate).toEqual({ Path: `nomad/jobs/${recorded("initretry")[0]?.id}/pod/i2`, Items: { go: "1" } });
  });

  test("are passed for good by init containers alone: a sidecar may be started again", () => {
    const job = recorded("inits").at(-1);
    expect(job && passedGatesOf(job).map(nameOf)).toEqual(["i2"]);
  });

  test("are none where nothing runs any more", () => {
    const job = recorded("inits").find((each) => gatesOf(each).length > 0);
    const over = job?.allocations.map((allocation) => ({ ...allocation, ClientStatus: "failed" as const })) ?? [];
    expect(job && gatesOf({ ...job, allocations: over })).toEqual([]);
    expect(job && gatesOf({ ...job, allocations: [] })).toEqual([]);
  });

  test("stay shut in a pod that is being stopped, whose variables are about to be removed", () => {
    const job = recorded("inits").find((each) => gatesOf(each).length > 0);
    expect(job && gatesOf({ ...job, stopped: true })).toEqual([]);
  });
});

function nameOf(path: string): string | undefined {
  return path.split("/").at(-1);
}
