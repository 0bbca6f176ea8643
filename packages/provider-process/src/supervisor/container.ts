import { randomBytes } from "node:crypto";
import { chmodSync, chownSync, existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ProcessExit, ProcessSpec, Run, RunEnd, StartParams } from "../protocol/messages.ts";
import { runFiles } from "../state-directory.ts";
import type { View } from "../views/view.ts";
import { ContainerStreams } from "./container-streams.ts";
import { KeptRecord } from "./records/kept-record.ts";
import { launchMainProcess } from "./processes/main-process.ts";
import { findNul } from "./processes/find-nul.ts";
import { terminationMessage } from "./output/termination-message.ts";
import { type Scene, launchIn } from "./processes/scene.ts";
import { RunView } from "./views/run-view.ts";
import { note } from "./note.ts";
import { environmentOf, identify, identityOfEnded, isAlive, markerVariables } from "./processes/process-table.ts";
import { type ProcessTree, type Reaper, rootOf, send } from "./processes/process-tree.ts";
import { type RunRecord, runOf } from "./records/run-record.ts";
import { recordVersion, viewRecordVersion } from "./records/stored-record.ts";

/** About 25 days; a timer that is set for longer goes off at once. */
const longestTimerMs = 2 ** 31 - 1;

/** What all containers of a supervisor have in common. */
export interface ContainerSettings {
  readonly reaper: Reaper;
  readonly changed: (container: Container) => void;
}

/** One run of one container: its processes, its output and its record, from the start to the end of the last of them. */
export class Container {
  readonly folder: string;
  readonly #settings: ContainerSettings;
  readonly #kept: KeptRecord;
  #spec: ProcessSpec | undefined;
  #streams: ContainerStreams | undefined;
  #kill: NodeJS.Timeout | undefined;
  /** Ended before this supervisor began, or adopted by it: its main process is not our child. */
  #isAdopted = false;
  readonly #started = Promise.withResolvers<void>();
  readonly #over = Promise.withResolvers<void>();

  constructor(folder: string, record: RunRecord, settings: ContainerSettings) {
    this.folder = folder;
    this.#kept = new KeptRecord(folder, record);
    this.#settings = settings;
    this.#started.promise.catch(() => undefined);
    if (record.isOver) this.#over.resolve();
  }

  /** A run that is to be launched. */
  static create(folder: string, run: Omit<StartParams, "spec">, settings: ContainerSettings): Container {
    const { uid, container, attempt, backoffMs, image } = run;
    const record: RunRecord = {
      version: recordVersion,
      uid,
      container,
      attempt,
      backoffMs,
      ...(image === undefined ? {} : { image }),
      marker: randomBytes(16).toString("hex"),
      tty: false,
      startedAtMs: Date.now(),
      isOver: false,
    };
    return new Container(folder, record, settings);
  }

  get run(): Run {
    return runOf(this.#record);
  }

  get isOver(): boolean {
    return this.#record.isOver;
  }

  /** Whether another supervisor would find it as it is. */
  get isKept(): boolean {
    return this.#kept.isKept;
  }

  /** Settles when the start has been tried. */
  get started(): Promise<void> {
    return this.#started.promise;
  }

  get over(): Promise<void> {
    return this.#over.promise;
  }

  /** Whether somebody has to look for its end from time to time. */
  get needsWatching(): boolean {
    return this.#isAdopted && !this.#record.end;
  }

  /** Where and with what a further process of the container is started; `undefined` when its main process has ended. */
  get scene(): Scene | undefined {
    const { end, process: main, user, view, workingDirectory = join(this.folder, runFiles.work) } = this.#record;
    if (end || !main) return undefined;
    const environment = { ...(this.#spec?.environment ?? environmentOf(main.pid)), ...this.#marker };
    const entered = view && { ...view, pid: main.pid, isOfContainer: true, shownAt: `/proc/${main.pid}/root` };
    if (entered) return { environment, workingDirectory, view: entered };
    return { environment, workingDirectory, ...(user ? { user } : {}) };
  }

  /** All of its processes; `undefined` while it has none. */
  get tree(): ProcessTree | undefined {
    const { marker, process: main } = this.#record;
    return main && { marker, main };
  }

  /** What its main process reads and writes; `undefined` when that has ended, or what it writes cannot be kept. */
  get streams(): ContainerStreams | undefined {
    return this.#record.end ? undefined : this.#streams;
  }

  /**
   * Starts the main process. What cannot be started has ended, with a reason; rejects when that cannot even be noted, and
   * then nothing has happened.
   */
  async launch(wanted: ProcessSpec): Promise<void> {
    try {
      const workingDirectory = await this.#prepare(wanted);
      await this.#tryLaunch(this.#spec ?? wanted, workingDirectory);
      this.#started.resolve();
    } catch (error) {
      this.#started.reject(error);
      throw error;
    }
  }

  /** Takes over what another supervisor left. */
  adopt(): void {
    this.#started.resolve();
    if (this.#record.isOver) return;
    this.#isAdopted = true;
    this.#adoptOutput();
    // The supervisor died between starting the process and noting which it is.
    const main = this.#record.process ? undefined : rootOf(this.#record.marker);
    if (main) this.#update({ process: main });
    if (this.#record.stopByMs !== undefined) this.#armKill(this.#record.stopByMs - Date.now());
    if (this.#record.end) void this.#finish();
    else this.look();
  }

  /** Looks whether an adopted main process has ended. */
  look(): void {
    if (this.needsWatching && !(this.#record.process && isAlive(this.#record.process))) {
      this.#exited({ type: "unknown" });
    }
  }

  /** Asks the main process to end, and kills everything when the grace is over. A later call can only shorten it. */
  stop(gracePeriodSeconds: number): void {
    const { stopByMs, process: main, isOver, end } = this.#record;
    if (isOver) return;
    const byMs = Date.now() + gracePeriodSeconds * 1000;
    if (stopByMs !== undefined && stopByMs <= byMs) return;
    this.#update({ stopByMs: byMs });
    if (stopByMs === undefined && gracePeriodSeconds > 0 && main && !end && isAlive(main)) send(main.pid, "SIGTERM");
    this.#armKill(gracePeriodSeconds * 1000);
    this.#settings.changed(this);
  }

  async #prepare(wanted: ProcessSpec): Promise<string> {
    const { user, workingDirectory, tty, stdin, view, messageFromLogs } = wanted;
    const work = join(this.folder, runFiles.work);
    this.#spec = { ...wanted, environment: { HOME: work, ...wanted.environment } };
    const place = { ...(user ? { user } : {}), ...(workingDirectory ? { workingDirectory } : {}) };
    mkdirSync(work, { recursive: true, mode: 0o700 });
    // Before the start: should the supervisor die after it, the next one finds the process by its marker.
    await this.#kept.begin({
      tty,
      ...(stdin ? { stdin } : {}),
      ...place,
      ...(messageFromLogs ? { messageFromLogs } : {}),
    });
    if (!tty) await ContainerStreams.makePipes(this.folder, stdin);
    const owner = view && !view.inUserNamespace ? view.user : user;
    if (owner) this.#openTo(owner);
    this.#streams = new ContainerStreams(this.folder, this.#record);
    return workingDirectory ?? (view?.root ? "/" : work);
  }

  async #tryLaunch(spec: ProcessSpec, workingDirectory: string): Promise<void> {
    let view: RunView | undefined;
    try {
      const problem = findNul(spec);
      if (problem !== undefined) throw new Error(problem);
      view = spec.view && (await this.#makeView(spec.view, workingDirectory));
      const environment = { ...spec.environment, ...this.#marker };
      const { user } = spec;
      const plain = { environment, workingDirectory, ...(user ? { user } : {}) };
      const launch = launchIn(view?.scene(environment) ?? plain, spec.command, spec.writtenProgram);
      const { pid, exit } = await launchMainProcess(this.#streams as ContainerStreams, launch, spec.tty);
      await view?.entering(pid, exit);
      void exit.then((how) => this.#exited(how));
      this.#running(pid);
    } catch (error) {
      await this.#startFailed((error as Error).message);
    } finally {
      view?.[Symbol.dispose]();
    }
  }

  /** Noted before anything is started in it: nothing of it is started elsewhere by another supervisor, or by an older one. */
  async #makeView(wanted: View, workingDirectory: string): Promise<RunView> {
    const view = await RunView.make(this.folder, wanted, workingDirectory);
    this.#update({ version: viewRecordVersion, view: view.entered, workingDirectory: view.workingDirectory });
    return view;
  }

  get #marker(): Record<string, string> {
    return { [markerVariables.container]: this.#record.marker };
  }

  #running(pid: number): void {
    // A process that has ended already is a zombie until its exit is heard of, and has no identity any more.
    this.#update({ process: identify(pid) ?? identityOfEnded(pid), startedAtMs: Date.now() });
    this.#settings.changed(this);
  }

  #exited(exit: ProcessExit): void {
    if (this.#record.end) return;
    this.#update({ end: { exit, finishedAtMs: Date.now() } });
    void this.#finish();
  }

  async #startFailed(message: string): Promise<void> {
    const end = { exit: { type: "code", code: 128 }, finishedAtMs: Date.now(), reason: "StartError", message } as const;
    this.#update({ end });
    await this.#finish();
  }

  /** After the main process: ends the rest, and keeps the last of the output. */
  async #finish(): Promise<void> {
    const { marker, process: main, end } = this.#record;
    if (end?.reason !== "StartError") await this.#settings.reaper.end({ marker, main });
    clearTimeout(this.#kill);
    await this.#streams?.drain();
    if (end) this.#streams?.end(end.exit);
    this.#streams = undefined;
    this.#spec = undefined;
    this.#update({ isOver: true, ...(end ? { end: this.#withMessage(end) } : {}) });
    this.#over.resolve();
    this.#settings.changed(this);
  }

  #withMessage(end: RunEnd): RunEnd {
    const { exit, message: known } = end;
    const fromLogs = this.#record.messageFromLogs === true && !(exit.type === "code" && exit.code === 0);
    const message = known ?? terminationMessage(this.folder, fromLogs);
    return message === undefined ? end : { ...end, message };
  }

  #armKill(ms: number): void {
    clearTimeout(this.#kill);
    this.#kill = setTimeout(
      () => {
        if (ms > longestTimerMs) return this.#armKill(ms - longestTimerMs);
        const { marker, process: main } = this.#record;
        void this.#settings.reaper.end({ marker, main });
      },
      Math.min(Math.max(ms, 0), longestTimerMs),
    );
  }

  /** One run whose output cannot be kept must not keep the supervisor from all the others. */
  #adoptOutput(): void {
    try {
      this.#streams = new ContainerStreams(this.folder, this.#record);
      this.#streams.readOn();
    } catch (error) {
      note(`The output in ${this.folder} is not kept any more`, error);
    }
  }

  /** Lets another user get at the run's own folder, and at nothing else of ours. */
  #openTo({ uid, gid }: NonNullable<ProcessSpec["user"]>): void {
    for (const name of [runFiles.work, runFiles.stdin, runFiles.stdout, runFiles.stderr]) {
      const path = join(this.folder, name);
      if (existsSync(path)) chownSync(path, uid, gid);
    }
    let folder = this.folder;
    for (let level = 0; level < 5; level++, folder = dirname(folder)) chmodSync(folder, 0o711);
  }

  get #record(): RunRecord {
    return this.#kept.record;
  }

  #update(part: Partial<RunRecord>): void {
    this.#kept.update(part);
  }
}
