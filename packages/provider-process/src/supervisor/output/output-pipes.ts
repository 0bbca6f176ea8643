import { execFile } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { runFiles } from "../../state-directory.ts";

const streams = ["stdout", "stderr"] as const;
const run = promisify(execFile);
const drainTimeoutMs = 5000;

export async function makePipes(paths: readonly string[]): Promise<void> {
  await run("mkfifo", ["-m", "600", ...paths], { timeout: 10_000 });
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

/** Reads a run's pipes, until no process holds them any more. What is read is only lent to `take`. */
export class OutputPipes {
  readonly #sockets: readonly Socket[];
  readonly #ended: Promise<unknown>;

  constructor(folder: string, take: (stream: (typeof streams)[number], bytes: Buffer) => void) {
    const endings: Promise<void>[] = [];
    const read = (name: (typeof streams)[number]) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const file = openSync(join(folder, runFiles[name]), constants.O_RDONLY | constants.O_NONBLOCK);
      const onread = {
        buffer,
        callback(bytes: number) {
          take(name, buffer.subarray(0, bytes));
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

  /** Lets whoever writes wait, once the pipes are full. */
  pause(): void {
    for (const socket of this.#sockets) socket.pause();
  }

  resume(): void {
    for (const socket of this.#sockets) socket.resume();
  }

  /** Resolves when everything is read, which is when no process holds the pipes. */
  async drain(): Promise<void> {
    const giveUp = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, drainTimeoutMs);
    await this.#ended;
    clearTimeout(giveUp);
  }
}
