import type { Call, PodRef, ProviderContext } from "@virtual-kubelet/provider";
import type { NomadClient } from "../client.ts";
import { requests } from "../client/requests.ts";
import { triedAgain } from "../job/tried-again.ts";
import type { NomadPod } from "../allocation/nomad-pod.ts";
import { gatesOf, isStuck, passedGatesOf, placementProblem } from "../pod-from-job.ts";
import { jobOf } from "../pods/job-of.ts";
import { currentAllocation } from "./current-allocation.ts";
import { Errands } from "./errands.ts";

export interface CaretakerOptions {
  readonly client: NomadClient;
  readonly context: ProviderContext;
  readonly signal: AbortSignal;
  /** How long the first wait is before a pod is tried again that could not be started: 10,000 when absent. */
  readonly firstTryMs?: number;
}

const longestTryMs = 300_000;
/** No job has this ID. */
const theNode = "";

/** Does what has to be done for a pod's job as it goes on, by what is known of it: again and again does no harm. */
export class Caretaker {
  readonly #client: NomadClient;
  readonly #context: ProviderContext;
  readonly #errands: Errands;
  readonly #firstTryMs: number;
  /** By job, what was last said of its search for a place. */
  readonly #problems = new Map<string, string>();

  constructor({ client, context, signal, firstTryMs = 10_000 }: CaretakerOptions) {
    this.#client = client;
    this.#context = context;
    this.#firstTryMs = firstTryMs;
    this.#errands = new Errands({ logger: context.logger, signal });
  }

  care(found: NomadPod): void {
    const { id } = found;
    for (const gate of gatesOf(found)) {
      this.#errands.forgetOne(id, closing(gate.Path));
      const act = (call: Call): Promise<unknown> => this.#client.json(requests.putVariable(gate), call);
      this.#errands.run(id, { name: opening(gate.Path), act });
    }
    for (const path of passedGatesOf(found)) {
      this.#errands.forgetOne(id, opening(path));
      const act = (call: Call): Promise<unknown> => this.#client.json(requests.deleteVariable(path), call);
      this.#errands.run(id, { name: closing(path), act });
    }
    if (isStuck(found)) this.#tryAgain(found);
  }

  /** Has something done for the whole node, until it has worked, and once. */
  once(name: string, act: (call: Call) => Promise<void>): void {
    this.#errands.run(theNode, { name, act });
  }

  /** Says once why there is no place for it. */
  tell(found: NomadPod, pod: PodRef): void {
    const problem = placementProblem(found);
    if (!problem) return void this.#problems.delete(found.id);
    if (this.#problems.get(found.id) === problem.message) return;
    this.#problems.set(found.id, problem.message);
    this.#context.recordEvent(pod, { type: "Warning", ...problem });
  }

  forget(jobId: string): void {
    this.#errands.forget(jobId);
    this.#problems.delete(jobId);
  }

  /** Ever later, as long as its containers cannot be started. */
  #tryAgain(found: NomadPod): void {
    const tries = found.allocations.length - 1;
    const afterMs = Math.min(this.#firstTryMs * 2 ** tries, longestTryMs);
    const register = async (call: Call): Promise<void> => {
      const job = await jobOf(this.#client, found.id, call);
      if (job && !job.Stop) await this.#client.json(requests.register(triedAgain(job), job.JobModifyIndex), call);
    };
    // Not by their number, which falls when Nomad collects what is old.
    const name = `try again after ${currentAllocation(found.allocations)?.ID}`;
    this.#errands.run(found.id, { name, act: register, afterMs });
  }
}

function opening(path: string): string {
  return `open ${path}`;
}

function closing(path: string): string {
  return `close ${path}`;
}
