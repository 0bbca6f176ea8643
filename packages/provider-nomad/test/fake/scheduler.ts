import { randomUUID } from "node:crypto";
import type { NomadJob } from "../../src/api/job.ts";
import { FakeRun } from "./fake-run.ts";
import { Refusal } from "./reply.ts";
import type { FakeAllocation, FakeJob, FakeState } from "./state.ts";

export interface SchedulerOptions {
  readonly state: FakeState;
  /** For what tasks write. */
  readonly folder: string;
  readonly nodeId: string;
  /** What the only client has. */
  readonly memoryMB: number;
}

/** Nomad's scheduler and its only client: puts jobs on it, and runs them. */
export class Scheduler {
  readonly runs = new Map<string, FakeRun>();
  readonly #options: SchedulerOptions;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  register(given: NomadJob, { modifyIndex }: { readonly modifyIndex: number | undefined }): object {
    const { state } = this.#options;
    const known = state.jobs.get(given.ID);
    if (modifyIndex === 0 && known) throw new Refusal(500, "Enforcing job modify index 0: job already exists");
    if (!given.TaskGroups?.length) throw new Refusal(500, "1 error occurred:\n\t* Missing job task groups\n\n");
    const index = state.next();
    const job: FakeJob = {
      ...given,
      Stop: false,
      Status: "pending",
      CreateIndex: known?.CreateIndex ?? index,
      ModifyIndex: index,
      JobModifyIndex: index,
      SubmitTime: Date.now() * 1e6,
    };
    state.putJob(job, "JobRegistered");
    return { EvalID: this.#place(job), JobModifyIndex: index, Index: index, Warnings: "" };
  }

  deregister(id: string, { purge }: { readonly purge: boolean }): object {
    const { state } = this.#options;
    const job = state.jobs.get(id);
    if (!job) return { EvalID: "", JobModifyIndex: 0, Index: 0 };
    const index = state.next();
    if (purge) state.jobs.delete(id);
    else state.putJob({ ...job, Stop: true, ModifyIndex: index, JobModifyIndex: index }, "JobDeregistered");
    for (const [key, each] of state.evaluations) {
      if (each.JobID === id && each.Status === "blocked") state.evaluations.delete(key);
    }
    const evaluation = state.putEvaluation({ JobID: id, Status: "complete", TriggeredBy: "job-deregister" });
    for (const run of this.runs.values())
      if (run.allocation.JobID === id) run.stop("alloc not needed due to job update");
    const isOver = [...this.runs.values()].every(({ allocation }) => allocation.JobID !== id || isEnded(allocation));
    const left = state.jobs.get(id);
    if (left && isOver) state.putJob({ ...left, Status: "dead", ModifyIndex: state.next() }, "EvaluationUpdated");
    return { EvalID: evaluation.ID, JobModifyIndex: index, Index: index };
  }

  /** Ends every process. */
  kill(): void {
    for (const run of this.runs.values()) run.kill();
  }

  #place(job: FakeJob): string {
    const { state, memoryMB } = this.#options;
    const [group] = job.TaskGroups;
    const asked = group.Tasks.reduce((sum, { Resources }) => sum + Resources.MemoryMB, 0);
    if (asked > memoryMB) return this.#block(job);
    const evaluation = state.putEvaluation({ JobID: job.ID, Status: "complete", TriggeredBy: "job-register" });
    state.putJob({ ...job, Status: "running", ModifyIndex: state.next() }, "PlanResult");
    const allocation = this.#allocation(job);
    state.putAllocation(allocation, "PlanResult");
    const run = new FakeRun(state, { job, allocation, folder: this.#options.folder });
    this.runs.set(allocation.ID, run);
    void run.run();
    return evaluation.ID;
  }

  #block(job: FakeJob): string {
    const { state } = this.#options;
    const failure = {
      NodesEvaluated: 1,
      NodesFiltered: 0,
      NodesExhausted: 1,
      NodesAvailable: { dc1: 1 },
      DimensionExhausted: { memory: 1 },
    };
    const FailedTGAllocs = { [job.TaskGroups[0].Name]: failure };
    const evaluation = state.putEvaluation({
      JobID: job.ID,
      Status: "complete",
      TriggeredBy: "job-register",
      FailedTGAllocs,
    });
    state.putEvaluation({ JobID: job.ID, Status: "blocked", TriggeredBy: "queued-allocs", FailedTGAllocs });
    return evaluation.ID;
  }

  #allocation(job: FakeJob): FakeAllocation {
    const index = this.#options.state.next();
    const [group] = job.TaskGroups;
    const ports = (group.Networks ?? []).flatMap(({ ReservedPorts = [], DynamicPorts = [] }) => [
      ...ReservedPorts,
      ...DynamicPorts,
    ]);
    return {
      ID: randomUUID(),
      Name: `${job.ID}.${group.Name}[0]`,
      Namespace: "default",
      JobID: job.ID,
      JobVersion: 0,
      NodeID: this.#options.nodeId,
      NodeName: "fake",
      DesiredStatus: "run",
      DesiredDescription: "",
      ClientStatus: "pending",
      ClientDescription: "",
      TaskStates: null,
      AllocatedResources: {
        Shared: {
          Networks: group.Networks?.length ? [{ Mode: "host", IP: "127.0.0.1" }] : null,
          Ports:
            ports.length === 0
              ? null
              : ports.map(({ Label, Value, To = 0 }) => ({ Label, To, Value: Value ?? To, HostIP: "127.0.0.1" })),
        },
      },
      NetworkStatus: null,
      CreateIndex: index,
      ModifyIndex: index,
      CreateTime: Date.now() * 1e6,
      ModifyTime: Date.now() * 1e6,
    };
  }
}

function isEnded({ ClientStatus }: FakeAllocation): boolean {
  return ClientStatus === "complete" || ClientStatus === "failed";
}
