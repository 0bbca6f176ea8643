import { execFile } from "node:child_process";
import { closeSync, constants, openSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { runFiles } from "../../state-directory.ts";
import type { OutputLog } from "./output-log.ts";

const streams = ["stdout", "stderr"] as const;
const run = promisify(execFile);
const drainTimeoutMs = 5000;

/** Makes the named pipes that a run writes its output to. */
export async function makePipes(folder: string): Promise<void> {
  await run("mkfifo", ["-m", "600", ...streams.map((name) => join(folder, runFiles[name]))], { timeout: 10_000 });
}

/** The ends that a process is started with. */
export interface PipeEnds {
  readonly stdout: number;
  readonly stderr: number;
}

/**
 * Lends the process's ends. They are open for reading too. So the process is a reader of its own pipe: when the supervisor dies it gets no
 * SIGPIPE, what it writes stays in the pipe, and it waits when that is full, until another supervisor reads on.
 */
export function withEnds<T>(folder: string, use: (ends: PipeEnds) => T): T {
  const [stdout = -1, stderr = -1] = streams.map((name) => openSync(join(folder, runFiles[name]), constants.O_RDWR));
  try {
    return use({ stdout, stderr });
  } finally {
    closeSync(stdout);
    closeSync(stderr);
  }
}

/** All sockets read into the same memory: what they read is used before the next one reads. */
const buffer = Buffer.allocUnsafe(64 * 1024);

/** Reads a run's pipes into its log, until no process holds them any more. */
export class OutputPipes {
  readonly #folder: string;
  readonly #sockets: readonly Socket[];
  readonly #ended: Promise<unknown>;

  constructor(folder: string, log: OutputLog) {
    this.#folder = folder;
    const endings: Promise<void>[] = [];
    const read = (name: (typeof streams)[number]) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const file = openSync(join(folder, runFiles[name]), constants.O_RDONLY | constants.O_NONBLOCK);
      const onread = {
        buffer,
        callback(bytes: number) {
          log.append(name, buffer.subarray(0, bytes));
          return true;
        },
      };
      const socket = new Socket({ fd: file, readable: true, writable: false, onread });
      socket.once("close", () => resolve()).once("error", () => resolve());
      socket.resume();
      endings.push(promise);
      return socket;
    };
    // A pipe has an end only when there has been a writer since it was opened for reading; now there is one.
    this.#sockets = withEnds(folder, () => streams.map(read));
    this.#ended = Promise.all(endings);
  }

  /** Resolves when everything is read, which is when no process holds the pipes, and removes them. */
  async drain(): Promise<void> {
    const giveUp = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, drainTimeoutMs);
    await this.#ended;
    clearTimeout(giveUp);
    for (const name of streams) rmSync(join(this.#folder, runFiles[name]), { force: true });
  }
}
