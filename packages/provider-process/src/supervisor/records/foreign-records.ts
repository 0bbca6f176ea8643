import { existsSync } from "node:fs";
import { note } from "../note.ts";
import { RequestError } from "../request-error.ts";

/** Records that cannot be read, and why. Their pods are neither shown nor touched. */
export class ForeignRecords {
  readonly #problems = new Map<string, string>();

  add(file: string, problem: string): void {
    this.#problems.set(file, problem);
  }

  /** Says in the supervisor's log which they are. */
  note(): void {
    for (const [file, problem] of this.#problems) note(`The record ${file} is left alone: ${problem}`);
  }

  /**
   * Throws while there are any: a list without their pods would be a part of one, and what it lacks would be given up or started
   * again.
   */
  requireNone(): void {
    for (const file of this.#problems.keys()) if (!existsSync(file)) this.#problems.delete(file);
    const [first] = this.#problems;
    if (!first) return;
    const [file, problem] = first;
    const more = this.#problems.size > 1 ? ` (and ${this.#problems.size - 1} more)` : "";
    const advice = "run the version of the agent that wrote it until its pods are gone, or delete the pod's folder";
    throw new RequestError("Unavailable", `The record ${file}${more} cannot be used: ${problem}; ${advice}.`);
  }
}
