import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "@virtual-kubelet/provider";
import type { NomadVariable } from "../api/variable.ts";
import type { NomadClient } from "../client.ts";
import { requests } from "../requests.ts";

export interface GatesOptions {
  readonly client: NomadClient;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

const firstPauseMs = 500;
const longestPauseMs = 30_000;

/** Opens the gates that tasks wait at: once each, and until it has worked. To open one again does no harm. */
export class Gates {
  readonly #options: GatesOptions;
  /** By job, the paths of those that are open or about to be. */
  readonly #open = new Map<string, Set<string>>();

  constructor(options: GatesOptions) {
    this.#options = options;
  }

  open(jobId: string, gates: readonly NomadVariable[]): void {
    const known = this.#open.get(jobId) ?? new Set();
    if (gates.length > 0) this.#open.set(jobId, known);
    for (const gate of gates) {
      if (known.has(gate.Path)) continue;
      known.add(gate.Path);
      void this.#write(jobId, gate);
    }
  }

  forget(jobId: string): void {
    this.#open.delete(jobId);
  }

  async #write(jobId: string, gate: NomadVariable): Promise<void> {
    const { client, logger, signal } = this.#options;
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
      try {
        await client.json(requests.putVariable(gate), { signal });
        return;
      } catch (error) {
        if (signal.aborted || !this.#open.get(jobId)?.has(gate.Path)) return;
        logger.warn({ err: error, gate: gate.Path }, "Could not let a container start; it is tried again");
        await pause(pauseMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }
}
