import { existsSync } from "node:fs";
import { join } from "node:path";
import { runFiles } from "../../state-directory.ts";
import { note } from "../note.ts";
import type { RunRecord } from "./run-record.ts";
import { writeDurably, writeRecord } from "./stored-record.ts";

const writeAgainMs = 1000;

/** The record of one run, in memory and on disk. */
export class KeptRecord {
  readonly #folder: string;
  #record: RunRecord;
  /** Runs while the record on disk is older than ours. */
  #behind: NodeJS.Timeout | undefined;

  constructor(folder: string, record: RunRecord) {
    this.#folder = folder;
    this.#record = record;
  }

  get record(): RunRecord {
    return this.#record;
  }

  /** Whether another supervisor would find it as it is. */
  get isKept(): boolean {
    return this.#behind === undefined;
  }

  /** Notes that the run is about to begin; throws when that cannot be kept. */
  async begin(part: Partial<RunRecord>): Promise<void> {
    this.#record = { ...this.#record, ...part };
    await writeDurably(this.#file, this.#record);
  }

  /** What happened has happened, also on a full disk: clients are told from memory, and it is written once there is room. */
  update(part: Partial<RunRecord>): void {
    this.#record = { ...this.#record, ...part };
    this.#catchUp();
  }

  #catchUp(): void {
    clearTimeout(this.#behind);
    try {
      // Not durably: the machine's end is that of the run, too, and a record that it tears is read as that.
      writeRecord(this.#file, this.#record);
      this.#behind = undefined;
    } catch (error) {
      if (!this.#behind) note(`The record in ${this.#folder} could not be written, and is tried again`, error);
      this.#behind = existsSync(this.#folder) ? setTimeout(() => this.#catchUp(), writeAgainMs) : undefined;
    }
  }

  get #file(): string {
    return join(this.#folder, runFiles.record);
  }
}
