import { describe, expect, test } from "vitest";
import type { NomadAllocation } from "../../src/api/allocation.ts";
import type { NomadEvaluation } from "../../src/api/evaluation.ts";
import type { NomadEvent } from "../../src/api/event.ts";
import { KnownJobs } from "../../src/watch/known-jobs.ts";

const id = "vk-node-a";

function jobStub(
  ModifyIndex: number,
  Stop = false,
): { ID: string; Status: "running"; Meta: {}; Stop: boolean; ModifyIndex: number } {
  return { ID: id, Status: "running", Meta: {}, Stop, ModifyIndex };
}

function allocation(ModifyIndex: number, change: Partial<NomadAllocation> = {}): NomadAllocation {
  const times = { CreateIndex: 5, CreateTime: 0, ModifyTime: 0 };
  return {
    ID: "a1",
    JobID: id,
    NodeID: "n",
    DesiredStatus: "run",
    ClientStatus: "running",
    ModifyIndex,
    ...times,
    ...change,
  };
}

function evaluation(ModifyIndex: number, Status: NomadEvaluation["Status"] = "blocked"): NomadEvaluation {
  return { ID: "e1", JobID: id, Status, CreateIndex: ModifyIndex, ModifyIndex, ModifyTime: 0 };
}

function event(Topic: string, Index: number, Payload: NomadEvent["Payload"]): { Index: number; Events: NomadEvent[] } {
  return { Index, Events: [{ Topic, Type: "x", Key: "k", Index, Payload }] };
}

describe("what is known of a node's jobs", () => {
  test("an event that is older than the list says nothing", () => {
    const known = new KnownJobs("vk-node-");
    known.listJobs({ value: [jobStub(10)], index: 20 });
    known.listAllocations({ value: [allocation(15, { ClientStatus: "complete" })], index: 20 });
    expect(known.take(event("Allocation", 12, { Allocation: allocation(12) })).size).toBe(0);
    expect(known.get(id)?.allocations[0]?.ClientStatus).toBe("complete");
    expect([...known.take(event("Allocation", 21, { Allocation: allocation(21, { ClientStatus: "lost" }) }))]).toEqual([
      id,
    ]);
  });

  test("jobs of other nodes are nothing to it", () => {
    const known = new KnownJobs("vk-node-");
    known.take(event("Allocation", 5, { Allocation: allocation(5, { JobID: "vk-other-a" }) }));
    expect([...known.ids()]).toEqual([]);
  });

  test("an allocation may be heard of before its job", () => {
    const known = new KnownJobs("vk-node-");
    known.take(event("Allocation", 5, { Allocation: allocation(5) }));
    expect(known.get(id)).toBeUndefined();
    known.listJobs({ value: [jobStub(4)], index: 6 });
    expect(known.get(id)?.allocations).toHaveLength(1);
  });

  test("a job that is listed no more is gone when nothing of it runs", () => {
    const known = new KnownJobs("vk-node-");
    known.listJobs({ value: [jobStub(4)], index: 6 });
    known.listAllocations({ value: [allocation(5)], index: 6 });
    expect([...known.listJobs({ value: [], index: 9 })]).toEqual([id]);
    expect([known.isGone(id), known.get(id)?.stopped]).toEqual([false, true]);
    known.take(event("Allocation", 10, { Allocation: allocation(10, { ClientStatus: "complete" }) }));
    expect(known.isGone(id)).toBe(true);
  });

  test("the stop of a job that has gone does not bring it back", () => {
    const known = new KnownJobs("vk-node-");
    known.listJobs({ value: [jobStub(4)], index: 6 });
    known.forget(id);
    expect(known.take(event("Job", 9, { Job: jobStub(9, true) as never })).size).toBe(0);
    expect(known.get(id)).toBeUndefined();
  });

  test("a job that is newer than a list without it stays", () => {
    const known = new KnownJobs("vk-node-");
    known.take(event("Job", 12, { Job: jobStub(12) as never }));
    expect(known.listJobs({ value: [], index: 11 }).size).toBe(0);
    expect(known.isGone(id)).toBe(false);
  });

  test("a network that only the whole allocation tells is kept when a list comes without it", () => {
    const known = new KnownJobs("vk-node-");
    known.listJobs({ value: [jobStub(4)], index: 6 });
    known.take(event("Allocation", 7, { Allocation: allocation(7, { NetworkStatus: { Address: "172.26.64.2" } }) }));
    known.listAllocations({ value: [allocation(8)], index: 9 });
    expect(known.get(id)?.allocations[0]?.NetworkStatus?.Address).toBe("172.26.64.2");
  });

  test("the search for a place is a problem until there is one", () => {
    const known = new KnownJobs("vk-node-");
    known.listJobs({ value: [jobStub(4)], index: 4 });
    known.take(event("Evaluation", 5, { Evaluation: evaluation(5) }));
    expect(known.get(id)?.evaluation?.ID).toBe("e1");
    known.take(event("Evaluation", 6, { Evaluation: evaluation(6, "complete") }));
    expect(known.get(id)?.evaluation).toBeUndefined();
    known.take(event("Evaluation", 7, { Evaluation: evaluation(7) }));
    known.take(event("Allocation", 9, { Allocation: allocation(9, { CreateIndex: 9 }) }));
    expect(known.get(id)?.evaluation).toBeUndefined();
  });

  test("a list of an earlier state than the one before says that everything has to be learnt anew", () => {
    const known = new KnownJobs("vk-node-");
    known.listJobs({ value: [jobStub(40)], index: 60 });
    expect(() => known.listJobs({ value: [], index: 20 })).toThrow(/gone back/);
    known.listAllocations({ value: [], index: 60 });
    expect(() => known.listAllocations({ value: [], index: 59 })).toThrow(/gone back/);
    known.listEvaluations({ value: [], index: 60 });
    expect(() => known.listEvaluations({ value: [], index: 59 })).toThrow(/gone back/);
  });

  test("what ends after its job has been forgotten leaves nothing behind", () => {
    const known = new KnownJobs("vk-node-");
    known.listJobs({ value: [jobStub(4)], index: 6 });
    known.forget(id);
    known.take(event("Allocation", 7, { Allocation: allocation(7, { ClientStatus: "complete" }) }));
    known.take(event("Evaluation", 8, { Evaluation: evaluation(8, "complete") }));
    expect([...known.ids()]).toEqual([]);
  });
});
