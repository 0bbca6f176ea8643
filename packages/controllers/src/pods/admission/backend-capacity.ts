import type { NodeHealth } from "../../node/node-health.ts";
import { exhaustedCondition } from "../../node/node-object.ts";
import type { NodeRoom } from "./node-room.ts";

export interface BackendCapacityOptions {
  readonly health: NodeHealth;
  readonly room: NodeRoom;
}

/**
 * What follows when the backend has no room for a pod that the node should have room for: the node offers no more than it has
 * given away, so that schedulers look elsewhere, and says so, until no pod waits for room any more.
 */
export class BackendCapacity {
  readonly #options: BackendCapacityOptions;
  readonly #waiting = new Map<string, string>();

  constructor(options: BackendCapacityOptions) {
    this.#options = options;
    // Of what an earlier life of the agent may have said.
    this.#tell();
  }

  /** The UID of the pod whose turn it is to be tried again, of those that the backend had no room for: not all at once. */
  get next(): string | undefined {
    return this.#waiting.keys().next().value;
  }

  exhausted(uid: string, message: string): void {
    // It has had its turn.
    this.#waiting.delete(uid);
    this.#waiting.set(uid, message);
    this.#tell();
  }

  /** The pod has its room, or needs it no more. Whether it has waited. */
  settled(uid: string): boolean {
    const hasWaited = this.#waiting.delete(uid);
    if (hasWaited) this.#tell();
    return hasWaited;
  }

  /** What is given away has changed. */
  changed(): void {
    if (this.#waiting.size > 0) this.#tell();
  }

  #tell(): void {
    const { health, room } = this.#options;
    const [message] = this.#waiting.values();
    const isExhausted = message !== undefined;
    health.limit(isExhausted ? new Map([...room.used, ["pods", BigInt(room.pods) * 1_000n]]) : undefined);
    health.set({
      type: exhaustedCondition,
      status: isExhausted ? "True" : "False",
      reason: isExhausted ? "QuotaExceeded" : "CapacityAvailable",
      message: message ?? "the backend has taken every pod that it was given",
    });
  }
}
