import { EventEmitter, on } from "node:events";
import type { Container, ContainerState, ContainerStatus } from "@virtual-kubelet/kubernetes";
import {
  type LogBatch,
  type LogRecord,
  logTime,
  runningContainer,
  terminatedContainer,
  waitingContainer,
} from "@virtual-kubelet/pod-toolkit";
import type { Variable } from "@virtual-kubelet/provider";
import type { SmallProgram } from "./small-programs.ts";

interface Run {
  readonly startedAt: string;
  readonly records: LogRecord[];
  readonly output: EventEmitter;
  end?: { readonly exitCode: number; readonly finishedAt: string };
}

/** One container: it does what its program says, by timers. */
export class SmallContainer {
  readonly spec: Container;
  readonly #variables: readonly Variable[];
  /** What the file says that it may read. */
  readonly #text: string;
  readonly #changed: (container: SmallContainer) => void;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #runs: Run[] = [];

  constructor(
    spec: Container,
    options: { variables: readonly Variable[]; text: string; changed: (container: SmallContainer) => void },
  ) {
    this.spec = spec;
    this.#variables = options.variables;
    this.#text = options.text;
    this.#changed = options.changed;
  }

  get program(): SmallProgram {
    return JSON.parse(this.spec.command?.[1] ?? "") as SmallProgram;
  }

  get isRunning(): boolean {
    const run = this.#runs.at(-1);
    return run !== undefined && run.end === undefined;
  }

  get exitCode(): number | undefined {
    return this.#runs.at(-1)?.end?.exitCode;
  }

  get status(): ContainerStatus {
    const run = this.#runs.at(-1);
    if (!run) return waitingContainer(this.spec, { reason: "PodInitializing" });
    const before = this.#runs.at(-2)?.end;
    const facts = {
      containerID: `small://${this.spec.name}/${this.#runs.length}`,
      restartCount: this.#runs.length - 1,
      ...(before ? { lastState: { terminated: before } as ContainerState } : {}),
    };
    if (!run.end) return runningContainer(this.spec, { startedAt: run.startedAt }, facts);
    return terminatedContainer(this.spec, { ...run.end, startedAt: run.startedAt }, facts);
  }

  start(): void {
    const run: Run = { startedAt: new Date().toISOString(), records: [], output: new EventEmitter() };
    run.output.setMaxListeners(0);
    this.#runs.push(run);
    const { program } = this;
    if (program.does === "stop" || program.does === "stubborn") this.write("stdout", "ready");
    if (program.does === "exit") this.after(program.afterMs, () => this.end(program.code));
    if (program.does === "variable") {
      const value = this.#variables.find(({ name }) => name === program.name)?.value ?? "";
      for (const line of value.split("\n")) this.write("stdout", line);
    }
    if (program.does === "file") for (const line of this.#text.trimEnd().split("\n")) this.write("stdout", line);
    if (program.does === "print") this.#print(0);
    this.#changed(this);
  }

  write(stream: "stdout" | "stderr", text: string): void {
    const run = this.#runs.at(-1);
    if (!run || run.end) return;
    const record: LogRecord = { time: logTime(new Date()) ?? "", stream, endsLine: true, text: Buffer.from(text) };
    run.records.push(record);
    run.output.emit("record", record);
  }

  /** Asks it to end, and kills it when it does not. */
  stop(graceMs: number): void {
    if (!this.isRunning) return;
    const { program } = this;
    if (graceMs <= 0) return this.end(137);
    this.after(graceMs, () => this.end(137));
    if (program.does === "stop") this.after(program.afterMs, () => this.end(program.code));
    else if (program.does !== "stubborn") this.end(0);
  }

  end(exitCode: number): void {
    const run = this.#runs.at(-1);
    if (!run || run.end) return;
    for (const timer of this.#timers) clearTimeout(timer);
    run.end = { exitCode, finishedAt: new Date().toISOString() };
    run.output.emit("end");
    this.#changed(this);
  }

  after(ms: number, act: () => void): void {
    this.#timers.add(setTimeout(act, ms));
  }

  /** What the last run wrote, or the one before it; `undefined` when there was none. */
  run(back: 0 | 1): Run | undefined {
    return this.#runs.at(-1 - back);
  }

  /** What a run has written, and then what it writes until it ends. */
  async *output(run: Run, signal: AbortSignal): AsyncGenerator<LogBatch> {
    const stop = new AbortController();
    run.output.once("end", () => stop.abort());
    const news = on(run.output, "record", { signal: AbortSignal.any([stop.signal, signal]) });
    yield [...run.records];
    yield "synced";
    if (run.end) return;
    try {
      for await (const [record] of news as AsyncIterable<[LogRecord]>) yield [record];
    } catch (error) {
      if (!stop.signal.aborted && !signal.aborted) throw error;
    }
  }

  #print(index: number): void {
    const { program } = this;
    if (program.does !== "print") return;
    const line = program.lines[index];
    if (!line) {
      const { afterwards } = program;
      if (afterwards !== "run") this.after(0, () => this.end(afterwards));
      return;
    }
    this.write(line.stream, line.text);
    if (program.everyMs === 0 || index + 1 === program.lines.length) this.#print(index + 1);
    else this.after(program.everyMs, () => this.#print(index + 1));
  }
}
