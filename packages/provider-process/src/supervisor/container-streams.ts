import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { IPty } from "@lydell/node-pty";
import type { ProcessExit, Resize } from "../protocol/messages.ts";
import { runFiles } from "../state-directory.ts";
import { type InputKind, InputPipe } from "./input/input-pipe.ts";
import { Attachers, type Pausable } from "./output/attachers.ts";
import { OutputLog } from "./output/output-log.ts";
import { OutputPipes, makePipes, withEnds } from "./output/output-pipes.ts";
import { TerminalOutput, endOfInput, resizeTerminal } from "./processes/terminal.ts";

export interface ContainerStreamsOptions {
  readonly container: string;
  /** Absent: the container has no input. */
  readonly stdin?: InputKind | undefined;
}

/** The ends that a process is started with: descriptors, or none. */
export type StandardStreams = readonly [stdin: number | "ignore", stdout: number, stderr: number];

const pipes = [runFiles.stdin, runFiles.stdout, runFiles.stderr];

/** Where a container's input comes from, and its output goes: to its log, and to those who are attached. */
export class ContainerStreams {
  readonly attachers: Attachers;
  readonly #folder: string;
  readonly #options: ContainerStreamsOptions;
  readonly #log: OutputLog;
  #source: Pausable | undefined;
  #pipes: OutputPipes | undefined;
  #terminal: IPty | undefined;
  #input: InputPipe | undefined;

  constructor(folder: string, options: ContainerStreamsOptions) {
    this.#folder = folder;
    this.#options = options;
    this.#log = new OutputLog(folder);
    this.attachers = new Attachers(options.container, {
      pause: () => this.#source?.pause(),
      resume: () => this.#source?.resume(),
    });
  }

  /** Makes the named pipes of a run that gets no terminal. */
  static async makePipes(folder: string, stdin: InputKind | undefined): Promise<void> {
    await makePipes(pipes.filter((name) => stdin || name !== runFiles.stdin).map((name) => join(folder, name)));
  }

  get hasTerminal(): boolean {
    return this.#terminal !== undefined;
  }

  /** Lends what a process is to be started with. */
  onPipes<T>(start: (streams: StandardStreams) => T): T {
    const { stdin } = this.#options;
    return withEnds(this.#folder, ({ stdout, stderr }) => {
      this.#readPipes();
      if (!stdin) return start(["ignore", stdout, stderr]);
      return InputPipe.open(this.#folder, stdin, (pipe, end) => {
        this.#input = pipe;
        return start([end, stdout, stderr]);
      });
    });
  }

  onTerminal(terminal: IPty): void {
    this.#terminal = terminal;
    this.#source = new TerminalOutput(terminal);
    terminal.onData((bytes) => this.#write("stdout", bytes as unknown as Buffer));
    terminal.onExit(() => (this.#terminal = undefined));
  }

  /** Goes on with the pipes of a run that another supervisor started. */
  readOn(): void {
    const has = (name: string) => existsSync(join(this.#folder, name));
    if (has(runFiles.stdout) && has(runFiles.stderr)) this.#readPipes();
    if (this.#options.stdin === "many" && has(runFiles.stdin)) this.#input = InputPipe.reopen(this.#folder);
  }

  /** Where a caller's input goes; `undefined` where there is none, or none any more. */
  get input(): InputPipe | undefined {
    return this.#input;
  }

  /** A terminal's input, which has no bounds to tell of. */
  type(bytes: Buffer): void {
    // Its types lack the bytes that it takes.
    if (this.#options.stdin) this.#terminal?.write(bytes as unknown as string);
  }

  resize(size: Resize["resize"]): void {
    if (this.#terminal) resizeTerminal(this.#terminal, size);
  }

  /**
   * A caller has ended its input. On a terminal that is a key, and the next caller may go on: `kubectl run -it` says how.
   * A pipe that was for one caller ends with it.
   */
  endInput(): void {
    if (this.#options.stdin !== "once") return;
    this.#terminal?.write(endOfInput);
    this.leaveInput();
  }

  /** A caller who had input has gone. */
  leaveInput(): void {
    if (this.#options.stdin !== "once") return;
    this.#input?.end();
    this.#input = undefined;
  }

  /** Resolves when the last of the output is in the log, and on its way to those who are attached. */
  async drain(): Promise<void> {
    this.attachers.release();
    this.#input?.close();
    await this.#pipes?.drain();
    this.#log.close();
    for (const name of pipes) rmSync(join(this.#folder, name), { force: true });
  }

  end(exit: ProcessExit): void {
    this.attachers.end(exit);
  }

  #readPipes(): void {
    this.#pipes = new OutputPipes(this.#folder, (stream, bytes) => this.#write(stream, bytes));
    this.#source = this.#pipes;
  }

  #write(stream: "stdout" | "stderr", bytes: Buffer): void {
    this.#log.append(stream, bytes);
    this.attachers.write(stream, bytes);
  }
}
