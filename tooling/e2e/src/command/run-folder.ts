import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { stateDirectory } from "@virtual-kubelet/bootstrap/checkout";
import { endLeftovers } from "@virtual-kubelet/nomad";
import { stopSupervisor } from "@virtual-kubelet/provider-process";

/** Where it is noted which run has which folder: a file for each, named for the process whose end is the run's, and the folder. */
const defaultNotes = join(stateDirectory, "e2e");

export interface RunFolderOptions {
  readonly notes?: string;
  readonly pid: number;
}

/** Where everything of a run is, so that it can be found and ended when the run was killed. */
export class RunFolder implements AsyncDisposable {
  readonly path: string;
  readonly #note: string;

  constructor({ notes = defaultNotes, pid }: RunFolderOptions) {
    // Sockets are in it, whose paths must be short.
    this.path = mkdtempSync(join(tmpdir(), "vk-e2e-"));
    this.#note = join(notes, `${pid}.${basename(this.path)}`);
    mkdirSync(notes, { recursive: true });
    writeFileSync(this.#note, this.path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await endRun(this.path);
    rmSync(this.#note, { force: true });
  }
}

/** Ends what is left of runs whose process has ended. */
export async function endKilledRuns(notes: string = defaultNotes): Promise<void> {
  for (const note of entriesOf(notes)) {
    if (isAlive(Number.parseInt(note, 10))) continue;
    await endRun(readFileSync(join(notes, note), "utf8"));
    rmSync(join(notes, note), { force: true });
  }
}

/** Agents and control planes end with their process group; pods and their supervisors are meant to outlive them, and the tasks of a Nomad. */
async function endRun(folder: string): Promise<void> {
  const nodes = entriesOf(folder).flatMap((test) => entriesOf(join(folder, test)).map((node) => join(test, node)));
  await Promise.all(nodes.map((node) => stopSupervisor({ directory: join(folder, node, "state") })));
  await endLeftovers(folder);
  rmSync(folder, { recursive: true, force: true });
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // There is none, or it is a file.
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
