import { describe, expect, test } from "vitest";
import type { NomadPlacementFailure } from "../../src/api/evaluation.ts";
import { placementProblem } from "../../src/pod-from-job.ts";
import { recorded } from "../recorded-jobs.ts";

const cases = {
  blocked: "Nomad has no place for it: of 1 client, 1 with too little memory",
  constraint: 'Nomad has no place for it: of 1 client, 1 without "${attr.kernel.name} = windows"',
  nodc: "Nomad has no place for it: no client is there",
};

describe("a placement that failed", () => {
  test.each(Object.entries(cases))("says for %s what is missing", (name, message) => {
    const job = recorded(name).at(-1);
    expect(job && placementProblem(job)).toEqual({ reason: "FailedPlacement", message });
  });

  test("names every dimension, class and quota", () => {
    const failure: NomadPlacementFailure = {
      NodesEvaluated: 5,
      NodesFiltered: 1,
      NodesExhausted: 4,
      DimensionExhausted: { cpu: 3, "network: reserved port collision http=80": 1 },
      ClassFiltered: { gpu: 1 },
      QuotaExhausted: ["memory exhausted"],
    };
    expect(problemOf(failure)).toBe(
      'Nomad has no place for it: of 5 clients, 3 with too little cpu, 1 with too little network: reserved port collision http=80, 1 of the class "gpu", the quota is used up: memory exhausted',
    );
  });

  test("is none once there is a place, or the job is stopped", () => {
    const [blocked] = recorded("blocked");
    const placed = recorded("always").at(-1);
    expect(placed && placementProblem({ ...placed, evaluation: blocked?.evaluation })).toBeUndefined();
    expect(blocked && placementProblem({ ...blocked, stopped: true })).toBeUndefined();
  });
});

function problemOf(failure: NomadPlacementFailure): string | undefined {
  const [blocked] = recorded("blocked");
  if (!blocked?.evaluation) throw new Error("not recorded");
  return placementProblem({ ...blocked, evaluation: { ...blocked.evaluation, FailedTGAllocs: { pod: failure } } })
    ?.message;
}
