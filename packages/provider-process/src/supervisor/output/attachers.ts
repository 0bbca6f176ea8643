import type { Socket } from "node:net";
import { channels, encodeFrame, encodeMessage } from "../../protocol/frames.ts";
import type { ProcessExit } from "../../protocol/messages.ts";

/** How much of a container's output may wait for one caller before the container itself has to wait. */
const mostWaitingBytes = 1024 * 1024;
/** How long it waits for a caller to take all of that; then it goes on without that caller. */
const patienceMs = 10_000;

/** What can be made to wait: the container's output. */
export interface Pausable {
  pause(): void;
  resume(): void;
}

/** Which streams a caller has asked for. */
export interface WantedOutput {
  readonly stdout: boolean;
  readonly stderr: boolean;
}

interface Attacher {
  readonly socket: Socket;
  readonly wants: WantedOutput;
  /** Runs while the container waits for this one. */
  patience?: NodeJS.Timeout;
}

/**
 * Those who are attached to a container: each gets what the container writes from now on. So that nothing is lost on the way
 * to a caller who takes everything, however fast the container writes, the container waits for the slowest, as it does for
 * a pipe or a terminal. But the wait has an end: who does not take a full buffer within ten seconds is detached, so that no
 * caller slows the container, its log and the others down for longer, nor costs more memory than that buffer.
 */
export class Attachers {
  readonly #name: string;
  readonly #output: Pausable;
  readonly #patienceMs: number;
  readonly #all = new Set<Attacher>();
  #isLast = false;

  /** `name` is the container's, for those who are detached. */
  constructor(name: string, output: Pausable, options: { readonly patienceMs?: number } = {}) {
    this.#name = name;
    this.#output = output;
    this.#patienceMs = options.patienceMs ?? patienceMs;
  }

  add(socket: Socket, wants: WantedOutput): void {
    const attacher: Attacher = { socket, wants };
    this.#all.add(attacher);
    socket.on("drain", () => this.#relieve(attacher)).on("close", () => this.#remove(attacher));
    if (socket.destroyed) this.#remove(attacher);
  }

  /** The bytes are the caller's again afterwards. */
  write(stream: "stdout" | "stderr", bytes: Uint8Array): void {
    if (this.#all.size === 0) return;
    const frame = encodeFrame(channels[stream], bytes);
    for (const attacher of this.#all) {
      if (!attacher.wants[stream] || !attacher.socket.writable) continue;
      attacher.socket.write(frame);
      if (attacher.socket.writableLength > mostWaitingBytes && !this.#isLast) this.#holdUp(attacher);
    }
  }

  /** The process has ended: what is left is no more than the pipes hold, and is not waited for. */
  release(): void {
    this.#isLast = true;
    for (const attacher of this.#all) this.#relieve(attacher);
  }

  end(exit: ProcessExit): void {
    for (const { socket } of this.#all) {
      for (const stream of ["stdout", "stderr"] as const) socket.write(encodeFrame(channels[stream], new Uint8Array()));
      socket.end(encodeMessage({ exit }));
    }
    for (const attacher of this.#all) this.#remove(attacher);
  }

  #holdUp(attacher: Attacher): void {
    if (attacher.patience) return;
    this.#output.pause();
    attacher.patience = setTimeout(() => this.#giveUp(attacher), this.#patienceMs);
  }

  #giveUp(attacher: Attacher): void {
    const { socket } = attacher;
    const message = `Detached from container "${this.#name}": its output was not taken for ${this.#patienceMs / 1000} seconds. The container runs on; attach again, or see its logs.`;
    socket.end(encodeMessage({ detached: { code: "Unavailable", message } }));
    this.#remove(attacher);
  }

  #remove(attacher: Attacher): void {
    this.#all.delete(attacher);
    this.#relieve(attacher);
  }

  #relieve(attacher: Attacher): void {
    if (!attacher.patience) return;
    clearTimeout(attacher.patience);
    delete attacher.patience;
    if (![...this.#all].some(({ patience }) => patience)) this.#output.resume();
  }
}
