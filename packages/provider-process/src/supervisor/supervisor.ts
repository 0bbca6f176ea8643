import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Methods, Run, RunRef, WatchEvent } from "../protocol/messages.ts";
import { podFile, podFolder, podsFolder, runFiles, runFolder } from "../state-directory.ts";
import { Container, type ContainerSettings } from "./container.ts";
import { ForeignRecords } from "./records/foreign-records.ts";
import { note } from "./note.ts";
import { removeMemory, removeVolumes, sweepVolumes } from "./pod-volumes.ts";
import { PodPorts } from "./ports/pod-ports.ts";
import { listWithZombies } from "./processes/process-table.ts";
import { Reaper } from "./processes/process-tree.ts";
import { removeTree } from "../remove-tree.ts";
import { RequestError } from "./request-error.ts";
import { readRun } from "./records/run-record.ts";
import { readStored, recordVersion, writeDurably } from "./records/stored-record.ts";
import { PodMeter } from "./usage/pod-meter.ts";
import { readUsage } from "./usage/read-usage.ts";

/** What is kept of a pod on disk; the record is the client's own. */
interface PodFile {
  readonly version: typeof recordVersion;
  readonly owner: string;
  readonly record: unknown;
}

interface KeptPod {
  owner: string;
  readonly containers: Map<string, Container>;
  readonly ports: PodPorts;
  readonly meter: PodMeter;
}

function keptPod(owner: string): KeptPod {
  return { owner, containers: new Map(), ports: new PodPorts(), meter: new PodMeter(Date.now()) };
}

type Listener = (owner: string, run: Run) => void;

/** How many processes are started at the same time. */
const startsAtOnce = 8;
const lookEveryMs = 1000;

/** Everything in one state directory: the pods that are kept there and the runs of their containers. */
export class Supervisor {
  readonly reaper: Reaper = new Reaper();
  readonly #directory: string;
  readonly #pods = new Map<string, KeptPod>();
  readonly #listeners = new Set<Listener>();
  readonly #settings: ContainerSettings;
  readonly #foreign = new ForeignRecords();
  /** Pods that are being written, by UID. */
  readonly #keeping = new Map<string, Promise<void>>();
  #looking: NodeJS.Timeout | undefined;
  #starts = 0;
  #isShutDown = false;
  readonly #waitingStarts: (() => void)[] = [];

  constructor(directory: string) {
    this.#directory = directory;
    this.#settings = { reaper: this.reaper, changed: (container) => this.#publish(container.run) };
  }

  /** Whether anything still runs, or is still to be written. */
  get isBusy(): boolean {
    return this.#containers().some(({ isOver, isKept }) => !isOver || !isKept);
  }

  /** Takes over what another supervisor of this directory left. */
  adoptAll(): void {
    mkdirSync(podsFolder(this.#directory), { recursive: true, mode: 0o700 });
    for (const uid of readdirSync(podsFolder(this.#directory))) {
      const file = podFile(this.#directory, uid);
      const kept = readStored<PodFile>(file);
      if (kept.state === "foreign") {
        this.#foreign.add(file, kept.problem);
        continue;
      }
      if (kept.state !== "read") note(`Pod ${uid} has no record: it is nobody's`);
      const pod = keptPod(kept.state === "read" ? kept.record.owner : "");
      for (const folder of runFolders(podFolder(this.#directory, uid))) this.#adopt(pod, folder);
      this.#pods.set(uid, pod);
    }
    const processes = this.isBusy ? listWithZombies() : [];
    for (const { meter, containers } of this.#pods.values()) meter.restart(containers.values(), processes);
    this.#watchAdopted();
    this.#foreign.note();
    void sweepVolumes(this.#directory);
  }

  /** Throws while there are records that cannot be read. */
  requireReadable(): void {
    this.#foreign.requireNone();
  }

  async keepPod({ uid, owner, record }: Methods["keepPod"]["params"]): Promise<void> {
    this.requireReadable();
    mkdirSync(podFolder(this.#directory, uid), { recursive: true, mode: 0o700 });
    const content: PodFile = { version: recordVersion, owner, record };
    const write = () => writeDurably(podFile(this.#directory, uid), content);
    // One after the other: what is kept last stays.
    const writing = (this.#keeping.get(uid) ?? Promise.resolve()).then(write, write);
    this.#keeping.set(uid, writing);
    try {
      await writing;
    } finally {
      if (this.#keeping.get(uid) === writing) this.#keeping.delete(uid);
    }
    const pod = this.#pods.get(uid);
    if (pod) pod.owner = owner;
    else this.#pods.set(uid, keptPod(owner));
  }

  async forgetPod({ uid }: Methods["forgetPod"]["params"]): Promise<void> {
    await this.#keeping.get(uid)?.catch(() => undefined);
    const pod = this.#pods.get(uid);
    if (!pod) return;
    if ([...pod.containers.values()].some(({ isOver }) => !isOver)) {
      throw new RequestError("Conflict", `Pod ${uid} still has running processes.`);
    }
    this.#pods.delete(uid);
    // The record first: what is left of the folder after a crash is nobody's pod.
    rmSync(podFile(this.#directory, uid), { force: true });
    await removeVolumes(this.#directory, uid);
    await removeTree(podFolder(this.#directory, uid));
  }

  async start(params: Methods["start"]["params"]): Promise<Run> {
    const { uid, container: name, attempt, spec } = params;
    this.requireReadable();
    const pod = this.#pods.get(uid);
    if (!pod) throw new RequestError("NotFound", `Pod ${uid} is not kept here.`);
    const existing = pod.containers.get(keyOf(params));
    if (existing) {
      await existing.started;
      return existing.run;
    }
    if (this.#isShutDown) throw new RequestError("Unavailable", "The supervisor is shutting down.");
    const others = [...pod.containers.values()].filter(({ run }) => run.container === name);
    if (others.some(({ isOver, run }) => !isOver || run.attempt > attempt)) {
      throw new RequestError("Conflict", `Container ${name} of pod ${uid} has another run.`);
    }
    const folder = runFolder(this.#directory, params);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const container = Container.create(folder, params, this.#settings);
    pod.containers.set(keyOf(params), container);
    try {
      await this.#inTurn(() => container.launch(spec));
    } catch (error) {
      pod.containers.delete(keyOf(params));
      await removeTree(folder);
      throw error;
    }
    return container.run;
  }

  async stop(params: Methods["stop"]["params"]): Promise<void> {
    const container = this.find(params);
    await container?.started;
    container?.stop(params.gracePeriodSeconds);
  }

  async forgetRun(ref: RunRef): Promise<void> {
    const container = this.find(ref);
    if (!container) return;
    if (!container.isOver)
      throw new RequestError("Conflict", `Container ${ref.container} of pod ${ref.uid} still runs.`);
    this.#pods.get(ref.uid)?.containers.delete(keyOf(ref));
    await removeTree(container.folder);
  }

  find(ref: RunRef): Container | undefined {
    return this.#pods.get(ref.uid)?.containers.get(keyOf(ref));
  }

  findPort({ uid, port }: Methods["findPort"]["params"]): Methods["findPort"]["result"] {
    const pod = this.#pods.get(uid);
    const alive = [...(pod?.containers.values() ?? [])].filter(({ isOver }) => !isOver);
    return {
      addresses:
        pod?.ports.find(
          port,
          alive.flatMap(({ tree }) => tree ?? []),
        ) ?? [],
    };
  }

  usage({ owner }: Methods["usage"]["params"]): Promise<Methods["usage"]["result"]> {
    return readUsage(new Map([...this.#pods].filter(([, pod]) => pod.owner === owner)));
  }

  /** Tells everything of an owner, at once, and then every change until the subscription is disposed of. */
  watch(owner: string, tell: (event: WatchEvent) => void): Disposable {
    this.requireReadable();
    for (const [uid, pod] of this.#pods) {
      if (pod.owner !== owner) continue;
      const kept = readStored<PodFile>(podFile(this.#directory, uid));
      if (kept.state === "read") tell({ type: "pod", record: kept.record.record });
      for (const { run } of pod.containers.values()) tell({ type: "run", run });
    }
    tell({ type: "synced" });
    const listener: Listener = (changed, run) => {
      if (changed === owner) tell({ type: "run", run });
    };
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Ends every container; resolves when no process is left. Nothing is started any more. */
  async shutDown(gracePeriodSeconds: number): Promise<void> {
    this.#isShutDown = true;
    await Promise.all(
      this.#alive().map(async (container) => {
        await container.started;
        container.stop(gracePeriodSeconds);
        await container.over;
      }),
    );
    await removeMemory(this.#directory);
  }

  #alive(): readonly Container[] {
    return this.#containers().filter(({ isOver }) => !isOver);
  }

  #containers(): readonly Container[] {
    return [...this.#pods.values()].flatMap(({ containers }) => [...containers.values()]);
  }

  #adopt(pod: KeptPod, folder: string): void {
    const stored = readRun(folder);
    if (stored.state === "foreign") {
      this.#foreign.add(join(folder, runFiles.record), stored.problem);
      return;
    }
    // Nothing was started before it was noted.
    if (stored.state !== "read") return rmSync(folder, { recursive: true, force: true });
    const { record } = stored;
    const container = new Container(folder, record, this.#settings);
    pod.containers.set(keyOf(record), container);
    container.adopt();
  }

  /** A child tells when it ends. One that another supervisor started has to be looked at. */
  #watchAdopted(): void {
    const adopted = this.#alive().filter(({ needsWatching }) => needsWatching);
    if (adopted.length === 0) return clearInterval(this.#looking);
    for (const container of adopted) container.look();
    this.#looking ??= setInterval(() => this.#watchAdopted(), lookEveryMs);
  }

  #publish(run: Run): void {
    const owner = this.#pods.get(run.uid)?.owner;
    if (owner !== undefined) for (const listener of this.#listeners) listener(owner, run);
  }

  async #inTurn(launch: () => Promise<void>): Promise<void> {
    if (this.#starts >= startsAtOnce) await new Promise<void>((resolve) => this.#waitingStarts.push(resolve));
    this.#starts++;
    try {
      await launch();
    } finally {
      this.#starts--;
      this.#waitingStarts.shift()?.();
    }
  }
}

function keyOf({ container, attempt }: RunRef): string {
  return `${container}/${attempt}`;
}

/** The folders of a pod's runs: `<container>/<attempt>`. */
function runFolders(folder: string): readonly string[] {
  return foldersIn(folder).flatMap((container) => foldersIn(container));
}

function foldersIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
}
