import { EventEmitter, once } from "node:events";
import { randomUUID } from "node:crypto";
import type { NomadAllocation } from "../../src/api/allocation.ts";
import type { NomadEvaluation } from "../../src/api/evaluation.ts";
import type { NomadEvent, NomadEventBatch } from "../../src/api/event.ts";
import type { NomadJob } from "../../src/api/job.ts";
import type { NomadVariable } from "../../src/api/variable.ts";
import { saidAllocation, saidJob } from "./said.ts";

export interface FakeJob extends NomadJob {
  readonly Stop: boolean;
  readonly Status: "pending" | "running" | "dead";
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
  readonly JobModifyIndex: number;
  readonly SubmitTime: number;
}

export type FakeAllocation = { -readonly [Key in keyof NomadAllocation]: NomadAllocation[Key] };
export type FakeEvaluation = NomadEvaluation;

type Topic = "Job" | "Allocation" | "Evaluation";

/** How many batches Nomad's own buffer has. */
const bufferSize = 100;

/** What a server of Nomad knows: one index over everything, and an event for each change. */
export class FakeState {
  readonly jobs = new Map<string, FakeJob>();
  readonly allocations = new Map<string, FakeAllocation>();
  readonly evaluations = new Map<string, FakeEvaluation>();
  readonly variables = new Map<string, NomadVariable>();
  readonly buffer: NomadEventBatch[] = [];
  readonly changes: EventEmitter = new EventEmitter().setMaxListeners(0);
  #index = 10;

  get index(): number {
    return this.#index;
  }

  next(): number {
    return ++this.#index;
  }

  /** For what has no events. */
  touched(): void {
    this.changes.emit("change");
  }

  putJob(job: FakeJob, type: string): void {
    this.jobs.set(job.ID, job);
    this.#emit("Job", { type, key: job.ID, payload: { Job: saidJob(job) } });
  }

  putAllocation(allocation: FakeAllocation, type = "AllocationUpdated"): void {
    allocation.ModifyIndex = this.next();
    allocation.ModifyTime = Date.now() * 1e6;
    this.allocations.set(allocation.ID, allocation);
    // What goes on afterwards is not in what was said before.
    this.#emit("Allocation", {
      type,
      key: allocation.ID,
      payload: { Allocation: saidAllocation(structuredClone(allocation)) },
    });
  }

  putEvaluation(evaluation: Omit<FakeEvaluation, "ID" | "CreateIndex" | "ModifyIndex" | "ModifyTime">): FakeEvaluation {
    const index = this.next();
    const known = { ID: randomUUID(), CreateIndex: index, ModifyIndex: index, ModifyTime: Date.now() * 1e6 };
    const whole: FakeEvaluation = { ...known, Namespace: "default", ...evaluation };
    this.evaluations.set(whole.ID, whole);
    this.#emit("Evaluation", { type: "EvaluationUpdated", key: whole.ID, payload: { Evaluation: whole } });
    return whole;
  }

  /** Resolves with the next change, whatever it is. */
  async changed(signal: AbortSignal): Promise<void> {
    await once(this.changes, "change", { signal });
  }

  #emit(
    Topic: Topic,
    { type, key, payload }: { readonly type: string; readonly key: string; readonly payload: NomadEvent["Payload"] },
  ): void {
    const event: NomadEvent = {
      Topic,
      Type: type,
      Key: key,
      Namespace: "default",
      Index: this.#index,
      Payload: payload,
    };
    const batch: NomadEventBatch = { Index: this.#index, Events: [event] };
    this.buffer.push(batch);
    if (this.buffer.length > bufferSize) this.buffer.shift();
    this.changes.emit("batch", batch);
    this.touched();
  }
}
