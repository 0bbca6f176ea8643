import type { Container } from "@virtual-kubelet/kubernetes";

/** What makes a container do something: its image and command, and whatever else the backend wants. The suite gives it its name. */
export type Workload = Partial<Omit<Container, "name">>;

/** A maker of workloads, or a sentence that says why the backend cannot have them. */
export type WorkloadMaker<Asked extends readonly unknown[]> = ((...asked: Asked) => Workload) | string;

/** One line of output; made of letters, digits, spaces and dashes only. */
export interface OutputLine {
  readonly stream: "stdout" | "stderr";
  readonly text: string;
}

export interface Printing {
  readonly lines: readonly OutputLine[];
  /** The pause before each line but the first. */
  readonly everyMs: number;
  /** What it does after the last line: ends with this exit code, or runs on until it is asked to end. */
  readonly afterwards: number | "run";
}

export interface Ending {
  readonly code: number;
  readonly afterMs: number;
}

/**
 * How to write, in a backend's terms, containers that do what the checks need. What is absent, or a sentence in its place, cannot
 * be had there: the checks that need it are skipped.
 */
export interface Workloads {
  /** Runs until it is asked to end, and then ends soon. */
  readonly run?: WorkloadMaker<[]>;
  /** Ends by itself. */
  readonly exit?: WorkloadMaker<[Ending]>;
  /** Writes a line when it is ready to be asked; runs until it is asked to end, and then ends with this code after that time. */
  readonly stop?: WorkloadMaker<[Ending]>;
  /** Writes a line when it is ready to be asked; runs, and does not end when it is asked to. */
  readonly stubborn?: WorkloadMaker<[]>;
  readonly print?: WorkloadMaker<[Printing]>;
  /** Writes the value of a variable and a newline, byte by byte as it is, and runs on. */
  readonly variable?: WorkloadMaker<[{ readonly name: string }]>;
  /** Writes the content of a file, byte by byte as it is, and runs on. The path is absolute. */
  readonly file?: WorkloadMaker<[{ readonly path: string }]>;
  /** Writes what it reads on its standard input, which it has (`stdin: true`). */
  readonly echo?: WorkloadMaker<[]>;
  /** Listens on a TCP port and says back what it is told. */
  readonly listen?: WorkloadMaker<[{ readonly port: number }]>;
  /** Commands that can be run in the container of `run`; a sentence: why there are none. */
  readonly commands?: Commands | string;
}

type Command = readonly [string, ...string[]];

/** Programs for `exec`, each with its arguments. */
export interface Commands {
  exit(code: number): Command;
  /** Writes exactly these. */
  print(texts: { readonly stdout: string; readonly stderr: string }): Command;
  /** Writes what it reads until the end of its input, and then ends with 0. */
  echo(): Command;
  /** Writes one line with a word that names it, and stays. */
  stay(): Command;
  /** Ends with 0 while what `stay` has named so lives, and with another code when it does not. */
  lives(word: string): Command;
}

export type WorkloadName = Exclude<keyof Workloads, "commands">;
