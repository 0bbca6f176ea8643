import { isDeepStrictEqual } from "node:util";
import type { Amounts, NodeCondition } from "@virtual-kubelet/kubernetes";

/** One condition of the node, without its times. */
export type NodeVerdict = Pick<NodeCondition, "type" | "status" | "reason" | "message">;

/** What the parts of the node agent have to say on the node's conditions. */
export class NodeHealth {
  readonly #verdicts = new Map<string, NodeVerdict>();
  #limit: Amounts | undefined;
  #changed = Promise.withResolvers<void>();
  /** Whether the user says, by an annotation of the node, that the missing pods are really gone. */
  disappearanceConfirmed = false;

  set(verdict: NodeVerdict): void {
    const before = this.#verdicts.get(verdict.type);
    this.#verdicts.set(verdict.type, verdict);
    if (before?.status !== verdict.status || before.reason !== verdict.reason) this.touch();
  }

  /** What the node may offer at most, in thousandths of each unit; no limit when absent. */
  get allocatableLimit(): Amounts | undefined {
    return this.#limit;
  }

  limit(limit: Amounts | undefined): void {
    if (isDeepStrictEqual(limit, this.#limit)) return;
    this.#limit = limit;
    this.touch();
  }

  /** There is no more to say on a condition of this type than the node says by itself. */
  unset(type: string): void {
    if (this.#verdicts.delete(type)) this.touch();
  }

  /** Wakes who waits for a change. */
  touch(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  /** Whether anything was said on a condition of this type. */
  says(type: string): boolean {
    return this.#verdicts.has(type);
  }

  verdicts(): readonly NodeVerdict[] {
    return [...this.#verdicts.values()];
  }

  /** Resolves at the next change. */
  changed(): Promise<void> {
    return this.#changed.promise;
  }
}
