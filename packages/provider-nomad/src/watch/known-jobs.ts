import { ProviderError } from "@virtual-kubelet/provider";
import type { NomadAllocation } from "../api/allocation.ts";
import type { NomadEvaluation } from "../api/evaluation.ts";
import type { NomadEvent, NomadEventBatch } from "../api/event.ts";
import type { NomadJobStub } from "../api/job.ts";
import type { NomadPod } from "../pod-from-job.ts";
import { currentAllocation, hasEnded } from "./current-allocation.ts";

interface KnownJob {
  readonly id: string;
  /** Absent while only its allocations have been heard of. */
  meta?: Readonly<Record<string, string>>;
  stopped: boolean;
  /** Not in Nomad any more; what of it still runs is being stopped. */
  purged: boolean;
  modifyIndex: number;
  readonly allocations: Map<string, NomadAllocation>;
  readonly evaluations: Map<string, NomadEvaluation>;
}

/** A list, and the index of Nomad's state that it is of. */
export interface Listed<T> {
  readonly value: readonly T[];
  readonly index: number;
}

/** What an event says of a job. */
type JobFacts = Pick<NomadJobStub, "ID" | "Meta" | "Stop" | "ModifyIndex">;

/**
 * What is known of the jobs of one node, put together from lists and events in whatever order they come: of two that speak of the
 * same thing the newer one counts. Every method tells which jobs have changed. A list of an earlier state than the one before is
 * `Unavailable`: everything has to be learnt anew, by another one of these.
 */
export class KnownJobs {
  readonly #prefix: string;
  readonly #jobs = new Map<string, KnownJob>();
  /** By topic, the index of the newest list. */
  readonly #listed = new Map<string, number>();

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  ids(): Iterable<string> {
    return this.#jobs.keys();
  }

  /** `undefined`: unknown, or nothing but an allocation has been heard of. */
  get(id: string): NomadPod | undefined {
    const job = this.#jobs.get(id);
    if (!job?.meta) return undefined;
    return {
      id,
      meta: job.meta,
      stopped: job.stopped,
      allocations: [...job.allocations.values()],
      evaluation: problemOf(job),
    };
  }

  listJobs({ value, index }: Listed<NomadJobStub>): ReadonlySet<string> {
    this.#hasListed("Job", index);
    const changed = new Set<string>();
    for (const stub of value) if (this.#noteJob(stub)) changed.add(stub.ID);
    const there = new Set(value.map(({ ID }) => ID));
    for (const [id, job] of this.#jobs) {
      // One that has been heard of since is newer than the list.
      if (!there.has(id) && job.meta && job.modifyIndex <= index && this.purge(id)) changed.add(id);
    }
    return changed;
  }

  listAllocations({ value, index }: Listed<NomadAllocation>): ReadonlySet<string> {
    this.#hasListed("Allocation", index);
    const changed = new Set<string>();
    for (const each of value) if (this.#noteAllocation(each)) changed.add(each.JobID);
    const there = new Set(value.map(({ ID }) => ID));
    for (const [id, { allocations }] of this.#jobs) {
      for (const each of allocations.values()) {
        if (there.has(each.ID) || each.ModifyIndex > index) continue;
        allocations.delete(each.ID);
        changed.add(id);
      }
    }
    return changed;
  }

  /** Of those that found no place. */
  listEvaluations({ value, index }: Listed<NomadEvaluation>): ReadonlySet<string> {
    this.#hasListed("Evaluation", index);
    const changed = new Set<string>();
    for (const each of value) if (this.#noteEvaluation(each)) changed.add(each.JobID);
    const there = new Set(value.map(({ ID }) => ID));
    for (const [id, { evaluations }] of this.#jobs) {
      for (const each of evaluations.values()) {
        if (there.has(each.ID) || each.ModifyIndex > index) continue;
        evaluations.delete(each.ID);
        changed.add(id);
      }
    }
    return changed;
  }

  /** What is older than the lists says nothing new. */
  take({ Events }: NomadEventBatch): ReadonlySet<string> {
    const changed = new Set<string>();
    for (const event of Events ?? []) {
      const listed = this.#listed.get(event.Topic) ?? 0;
      const id = event.Index > listed ? this.#takeEvent(event) : undefined;
      if (id !== undefined) changed.add(id);
    }
    return changed;
  }

  /** The job is no longer in Nomad. It is gone once nothing of it runs. */
  purge(id: string): boolean {
    const job = this.#jobs.get(id);
    if (!job || job.purged) return false;
    Object.assign(job, { purged: true, stopped: true });
    return true;
  }

  /** Whether Nomad has the job no more, and nothing of it runs. */
  isGone(id: string): boolean {
    const job = this.#jobs.get(id);
    return job !== undefined && job.purged && [...job.allocations.values()].every(hasEnded);
  }

  forget(id: string): void {
    this.#jobs.delete(id);
  }

  #hasListed(topic: string, index: number): void {
    if (index < (this.#listed.get(topic) ?? 0))
      throw new ProviderError("Unavailable", "Nomad's state has gone back: its servers were restored");
    this.#listed.set(topic, index);
  }

  #takeEvent({ Payload: { Job, Allocation, Evaluation } }: NomadEvent): string | undefined {
    // The end of what has been forgotten: a job is heard of before anything of it ends.
    if (Allocation && hasEnded(Allocation) && !this.#jobs.has(Allocation.JobID)) return undefined;
    if (Allocation) return this.#noteAllocation(Allocation) ? Allocation.JobID : undefined;
    if (Evaluation) return this.#noteEvaluation(Evaluation) ? Evaluation.JobID : undefined;
    if (Job && !this.#jobs.has(Job.ID) && (Job as unknown as JobFacts).Stop) return undefined;
    return Job && this.#noteJob(Job as unknown as JobFacts) ? Job.ID : undefined;
  }

  #noteJob({ ID, Meta, Stop, ModifyIndex }: JobFacts): boolean {
    const job = this.#job(ID);
    if (!job || ModifyIndex < job.modifyIndex) return false;
    Object.assign(job, { meta: Meta ?? {}, stopped: Stop ?? false, purged: false, modifyIndex: ModifyIndex });
    return true;
  }

  #noteAllocation(allocation: NomadAllocation): boolean {
    const job = this.#job(allocation.JobID);
    const known = job?.allocations.get(allocation.ID);
    if (!job || (known && known.ModifyIndex >= allocation.ModifyIndex)) return false;
    // Lists leave out what only the whole allocation has.
    job.allocations.set(allocation.ID, {
      ...allocation,
      NetworkStatus: allocation.NetworkStatus ?? known?.NetworkStatus ?? null,
      AllocatedResources: allocation.AllocatedResources ?? known?.AllocatedResources ?? null,
    });
    return true;
  }

  #noteEvaluation(evaluation: NomadEvaluation): boolean {
    const isProblem = evaluation.Status === "blocked" || evaluation.Status === "failed";
    const job = isProblem ? this.#job(evaluation.JobID) : this.#jobs.get(evaluation.JobID);
    if (!job) return false;
    const known = job.evaluations.get(evaluation.ID);
    if (known && known.ModifyIndex >= evaluation.ModifyIndex) return false;
    if (!isProblem) return job.evaluations.delete(evaluation.ID);
    job.evaluations.set(evaluation.ID, evaluation);
    return true;
  }

  #job(id: string): KnownJob | undefined {
    if (!id.startsWith(this.#prefix)) return undefined;
    const known = this.#jobs.get(id);
    if (known) return known;
    const job = { id, stopped: false, purged: false, modifyIndex: 0, allocations: new Map(), evaluations: new Map() };
    this.#jobs.set(id, job);
    return job;
  }
}

function problemOf({ allocations, evaluations }: KnownJob): NomadEvaluation | undefined {
  const placedAt = currentAllocation(allocations.values())?.CreateIndex ?? 0;
  let newest: NomadEvaluation | undefined;
  for (const each of evaluations.values()) {
    if (each.ModifyIndex > placedAt && each.ModifyIndex > (newest?.ModifyIndex ?? 0)) newest = each;
  }
  return newest;
}
