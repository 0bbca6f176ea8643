import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { constants } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { NomadTaskEvent, NomadTaskState } from "../../src/api/allocation.ts";
import type { NomadJob, NomadTask } from "../../src/api/job.ts";
import type { FakeState } from "./state.ts";
import { environmentOf, interpolated, rendered } from "./task-text.ts";

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

export interface FakeTaskOptions {
  readonly state: FakeState;
  readonly job: NomadJob;
  readonly task: NomadTask;
  /** Where its outputs go. */
  readonly folder: string;
  readonly changed: () => void;
}

const keptEvents = 10;
const path = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";

/** One task: a real process, started, restarted and ended by Nomad's rules. */
export class FakeTask {
  readonly #options: FakeTaskOptions;
  readonly #stop = new AbortController();
  readonly status: Mutable<NomadTaskState> = {
    State: "pending",
    Failed: false,
    Restarts: 0,
    StartedAt: null,
    FinishedAt: null,
    LastRestart: null,
    Events: [],
  };
  #process: ChildProcess | undefined;
  #starts: number[] = [];

  constructor(options: FakeTaskOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.task.Name;
  }

  get isRunning(): boolean {
    return this.status.State === "running" && this.#process?.exitCode === null && this.#process.signalCode === null;
  }

  get environment(): NodeJS.ProcessEnv {
    return { PATH: path, ...environmentOf(this.#options.task, this.#options.state) };
  }

  /** Resolves when it will not run again. */
  async run(): Promise<void> {
    const { signal } = this.#stop;
    this.#note("Received", "Task received by client");
    this.#note("Task Setup", "Building Task Directory", { message: "Building Task Directory" });
    const outputs = (["stdout", "stderr"] as const).map((kind) => this.#output(kind));
    try {
      if (await this.#isReady()) while (await this.#runOnce(outputs)) await this.#isReady();
    } finally {
      for (const output of outputs) output.end();
      if (this.status.StartedAt === null && signal.aborted) this.#note("Killed", "Task successfully killed");
      this.status.State = "dead";
      this.status.FinishedAt = new Date().toISOString();
      this.#options.changed();
    }
  }

  /** Asks it to end, and makes it in the end. */
  stop(): void {
    if (this.#stop.signal.aborted) return;
    const { KillTimeout, KillSignal } = this.#options.task;
    const seconds = KillTimeout / 1e9;
    this.#note("Killing", `Sent interrupt. Waiting ${seconds}s before force killing`, { kill_timeout: `${seconds}s` });
    this.#stop.abort();
    this.#process?.kill(KillSignal as NodeJS.Signals);
    const child = this.#process;
    const timer = setTimeout(() => killGroup(child), KillTimeout / 1e6);
    child?.once("exit", () => clearTimeout(timer));
    if (!child || child.exitCode !== null || child.signalCode !== null) clearTimeout(timer);
  }

  /** Whether there was something to signal. */
  signal(name: string): boolean {
    if (!this.isRunning) return false;
    this.#note("Signaling", "Task being sent a signal", { signal: name });
    return this.#process?.kill(name as NodeJS.Signals) ?? false;
  }

  /** When the server is ended. */
  kill(): void {
    this.#stop.abort();
    killGroup(this.#process);
  }

  async #isReady(): Promise<boolean> {
    const { task, state } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted && (task.Templates ?? []).some((each) => rendered(each, state) === undefined)) {
      await state.changed(signal).catch(() => undefined);
    }
    return !signal.aborted;
  }

  /** Whether it is to be started again. */
  async #runOnce(outputs: readonly NodeJS.WritableStream[]): Promise<boolean> {
    const { task } = this.#options;
    const { command, args = [] } = task.Config as { readonly command: string; readonly args?: readonly string[] };
    const child = spawn(
      interpolated(command, task),
      args.map((arg) => interpolated(arg, task)),
      {
        env: this.environment,
        stdio: ["ignore", "pipe", "pipe"],
        detached: true,
      },
    );
    this.#process = child;
    [child.stdout, child.stderr].forEach((source, at) =>
      source?.pipe(outputs[at] as NodeJS.WritableStream, { end: false }),
    );
    const { promise, resolve } = Promise.withResolvers<{ code: number; signal: number } | Error>();
    child.once("error", resolve);
    const closed = once(child, "close").catch(() => undefined);
    child.once("exit", (code, signal) => {
      const number = signal === null ? 0 : constants.signals[signal];
      resolve({ code: code ?? 128 + number, signal: number });
    });
    if (child.pid !== undefined) this.#started();
    const end = await promise;
    // What it has left behind holds its outputs open.
    killGroup(child);
    await closed;
    if (end instanceof Error) this.#note("Driver Failure", `failed to launch command: ${end.message}`);
    else this.#terminated(end);
    return this.#isStartedAgain(end instanceof Error ? 1 : end.code);
  }

  #started(): void {
    this.#starts.push(Date.now());
    this.status.State = "running";
    this.status.StartedAt = new Date().toISOString();
    this.#note("Started", "Task started by client");
  }

  #terminated({ code, signal }: { readonly code: number; readonly signal: number }): void {
    const details = { exit_code: String(code), signal: String(signal), oom_killed: "false" };
    this.#note("Terminated", signal ? `Exit Code: ${code}, Signal: ${signal}` : `Exit Code: ${code}`, details);
  }

  async #isStartedAgain(code: number): Promise<boolean> {
    const { job, task } = this.#options;
    const { signal } = this.#stop;
    if (signal.aborted) {
      this.#note("Killed", "Task successfully killed");
      return false;
    }
    const isPrestart = task.Lifecycle?.Hook === "prestart" && !task.Lifecycle.Sidecar;
    if (code === 0 && (job.Type === "batch" || isPrestart) && !task.Lifecycle?.Sidecar) return false;
    const { Attempts, Interval, Delay, Mode } = task.RestartPolicy ?? job.TaskGroups[0].RestartPolicy;
    const since = Date.now() - Interval / 1e6;
    const recent = this.#starts.filter((at) => at > since);
    const isUsedUp = recent.length > Attempts;
    if (isUsedUp && Mode === "fail") {
      this.status.Failed = true;
      const restart_reason = Attempts === 0 ? "Policy allows no restarts" : "Exceeded allowed attempts";
      this.#note("Not Restarting", restart_reason, { fails_task: "true", restart_reason });
      return false;
    }
    const delayMs = isUsedUp ? (recent[0] ?? 0) + Interval / 1e6 - Date.now() : Delay / 1e6;
    this.status.State = "pending";
    this.#note("Restarting", `Task restarting in ${delayMs}ms`, { start_delay: String(delayMs * 1e6) });
    // Longer than any timer can be told.
    await sleep(Math.min(delayMs, 2 ** 31 - 1), undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return false;
    this.status.Restarts++;
    this.status.LastRestart = new Date().toISOString();
    return true;
  }

  #output(kind: "stdout" | "stderr"): NodeJS.WritableStream {
    return createWriteStream(`${this.#options.folder}/${this.name}.${kind}.0`, { flags: "a" });
  }

  #note(Type: string, DisplayMessage: string, Details: Readonly<Record<string, string>> = {}): void {
    const event: NomadTaskEvent = { Type, Time: Date.now() * 1e6, DisplayMessage, Message: "", Details };
    this.status.Events = [...(this.status.Events ?? []), event].slice(-keptEvents);
    this.#options.changed();
  }
}

function killGroup(child: ChildProcess | undefined): void {
  if (child?.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // Nobody is left.
  }
}
