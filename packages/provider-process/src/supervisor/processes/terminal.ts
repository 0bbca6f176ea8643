import { closeSync, constants, openSync } from "node:fs";
import type { Socket } from "node:net";
import type { IPty } from "@lydell/node-pty";
import type { ProcessSpec, Resize } from "../../protocol/messages.ts";
import { send } from "./process-tree.ts";

/** What a terminal is sent for the end of input. */
export const endOfInput = "\u0004";

/** A process on a terminal of its own. */
export interface TerminalOptions {
  readonly workingDirectory: string;
  readonly columns?: number;
  readonly rows?: number;
  readonly user?: ProcessSpec["user"];
}

/** Starts a process as the leader of a new session with a terminal. The native module is loaded for the first one. */
export async function spawnOnTerminal(
  [program, ...args]: ProcessSpec["command"],
  environment: Readonly<Record<string, string>>,
  options: TerminalOptions,
): Promise<IPty> {
  const pty = (await import("@lydell/node-pty")).default;
  const terminal = withoutGroups(options.user, () =>
    pty.spawn(program, args, {
      name: environment["TERM"] ?? "xterm",
      cols: options.columns || 80,
      rows: options.rows || 24,
      cwd: options.workingDirectory,
      env: { ...environment },
      encoding: null,
      ...options.user,
    }),
  );
  if (dropsLastOutput) holdOpen(terminal);
  noteOpen(terminal);
  return terminal;
}

/** The descriptors of terminals that are open. */
const openTerminals = new Set<number>();

function noteOpen(terminal: IPty): void {
  // By the only names under which node-pty gives them.
  const { _socket: socket, fd } = terminal as IPty & { readonly _socket: Socket; readonly fd: number };
  openTerminals.add(fd);
  socket.once("close", () => openTerminals.delete(fd));
}

type Stdio = number | "ignore" | "pipe";

/**
 * Lends what a process is started with, so that it gets nobody's terminal: node-pty lets all that is started inherit those
 * that are open, and who holds one can read and type there, and keeps it from being hung up. In its place there is nothing.
 */
export function withoutTerminals<T>(streams: readonly Stdio[], start: (stdio: Stdio[]) => T): T {
  if (openTerminals.size === 0) return start([...streams]);
  const nothing = openSync("/dev/null", constants.O_RDWR);
  const length = Math.max(streams.length, ...[...openTerminals].map((file) => file + 1));
  const at = (file: number): Stdio => streams[file] ?? (openTerminals.has(file) ? nothing : "ignore");
  try {
    return start(Array.from({ length }, (_, file) => at(file)));
  } finally {
    closeSync(nothing);
  }
}

/** libuv before 1.52, that of Node.js 22, drops what a terminal still holds when all who write to it are gone. */
const dropsLastOutput = /^1\.([0-4]?\d|5[01])\./.test(process.versions.uv);

/** Writes nothing, but could, until the exit is told; node-pty tells it 200 ms late then. */
function holdOpen(terminal: IPty): void {
  // The terminal's device, by the only name under which node-pty gives it.
  const { _pty: device } = terminal as IPty & { readonly _pty: string };
  const file = openSync(device, constants.O_RDWR | constants.O_NOCTTY);
  terminal.onExit(() => closeSync(file));
}

/** Another user's process must not get our supplementary groups. Node.js sees to that in what it starts; this module does not. */
function withoutGroups<T>(user: ProcessSpec["user"], start: () => T): T {
  if (!user || process.getuid?.() !== 0) return start();
  const groups = process.getgroups?.() ?? [];
  process.setgroups?.([]);
  try {
    return start();
  } finally {
    process.setgroups?.(groups);
  }
}

/**
 * Gives a terminal another size, if there is one still: a process may close it and go on, and one that ends closes it before
 * its exit is told. Its descriptor is nobody's then, or another terminal's.
 */
export function resizeTerminal(terminal: IPty, { columns, rows }: Resize["resize"]): void {
  // By the only name under which node-pty gives it.
  const { _socket: socket } = terminal as IPty & { readonly _socket: Socket };
  if (columns > 0 && rows > 0 && !socket.destroyed) terminal.resize(columns, rows);
}

/** How long a terminal is left unread before a look whether its process is still there. */
const lookEveryMs = 20;

/**
 * Lets a terminal wait for a slow reader for as long as its process lives. What is left then is no more than a terminal holds,
 * and has to be taken within the 200 ms after which node-pty drops it.
 */
export class TerminalOutput {
  readonly #terminal: IPty;
  #looking: NodeJS.Timeout | undefined;

  constructor(terminal: IPty) {
    this.#terminal = terminal;
    terminal.onExit(() => clearInterval(this.#looking));
  }

  pause(): void {
    if (!send(this.#terminal.pid, 0)) return;
    this.#terminal.pause();
    this.#looking ??= setInterval(() => {
      if (!send(this.#terminal.pid, 0)) this.resume();
    }, lookEveryMs);
  }

  resume(): void {
    clearInterval(this.#looking);
    this.#looking = undefined;
    this.#terminal.resume();
  }
}
