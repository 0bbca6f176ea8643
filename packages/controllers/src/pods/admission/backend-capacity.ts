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

  /** The UIDs of the pods that the backend has no room for. */
  get waiting(): Iterable<string> {
    return this.#waiting.keys();
  }

  exhausted(uid: string, message: string): void {
    this.#waiting.set(uid, message);
    this.#tell();
  }

  /** The pod has its room, or needs it no more. */
  settled(uid: string): void {
    if (this.#waiting.delete(uid)) this.#tell();
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
