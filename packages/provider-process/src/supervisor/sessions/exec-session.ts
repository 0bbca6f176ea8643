import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { constants as system } from "node:os";
import type { Readable } from "node:stream";
import { type Channel, type Frame, channels, encodeMessage, writeFrame } from "../../protocol/frames.ts";
import type { ExecSpec, ProcessExit, Resize } from "../../protocol/messages.ts";
import type { Container } from "../container.ts";
import { identify, identityOfEnded, markerVariables } from "../processes/process-table.ts";
import type { Reaper } from "../processes/process-tree.ts";
import { type Launch, type Scene, launchIn } from "../processes/scene.ts";
import { RequestError } from "../request-error.ts";
import {
  TerminalOutput,
  endOfInput,
  resizeTerminal,
  spawnOnTerminal,
  withoutTerminals,
} from "../processes/terminal.ts";
import { type Session, knockWhilePaused } from "./session.ts";

/** How long a process's streams are read on after its end while something else holds them and says nothing. */
const lingerMs = 500;

/** Starts a further process of a container, and joins it to the connection that asked for it. Its end is the process's. */
export async function startExec(
  container: Container,
  spec: ExecSpec,
  { socket, reaper }: { socket: Socket; reaper: Reaper },
): Promise<Session> {
  const { scene } = container;
  if (!scene) throw new RequestError("NotFound", `Container ${spec.container} does not run.`);
  const marker = randomBytes(16).toString("hex");
  const launch = launchOf(scene, spec, marker);
  const started = await (spec.tty ? onTerminal(spec, launch, socket) : onPipes(spec, launch, socket));
  const main = identify(started.pid) ?? identityOfEnded(started.pid);
  let isOver = false;
  void started.exit.then((exit) => {
    isOver = true;
    if (socket.writable) socket.end(encodeMessage({ exit }));
  });
  return {
    take: (frame) => started.take(frame),
    leave: () => void (isOver || reaper.end({ marker, main })),
  };
}

function launchOf(scene: Scene, { command, container }: ExecSpec, marker: string): Launch {
  try {
    const environment = { ...scene.environment, [markerVariables.exec]: marker };
    return launchIn({ ...scene, environment }, command);
  } catch (error) {
    throw new RequestError("InvalidInput", `${(error as Error).message} in container ${container}`);
  }
}

interface Started {
  readonly pid: number;
  readonly exit: Promise<ProcessExit>;
  take(frame: Frame): void;
}

async function onPipes({ stdin }: ExecSpec, launch: Launch, socket: Socket): Promise<Started> {
  const [program, ...args] = launch.command;
  const options = { cwd: launch.workingDirectory, env: { ...launch.environment }, detached: true, ...launch.user };
  const child = withoutTerminals([stdin ? "pipe" : "ignore", "pipe", "pipe"], (stdio) =>
    spawn(program, args, { ...options, stdio }),
  );
  const { pid, stdout, stderr } = child;
  if (pid === undefined || !stdout || !stderr) {
    const error = await new Promise<Error>((resolve) => child.once("error", resolve));
    throw new RequestError("InvalidInput", error.message);
  }
  child.on("error", () => undefined);
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once("exit", (code, signal) =>
      resolve(signal ? { type: "signal", signal: system.signals[signal] } : { type: "code", code: code ?? 0 }),
    );
  });
  if (stdin) knockWhilePaused(socket);
  const pump = { socket, exited };
  const drained = Promise.all([forward(stdout, channels.stdout, pump), forward(stderr, channels.stderr, pump)]);
  // A process that reads no more is no failure of ours; neither is one that has ended.
  const resume = () => void socket.resume();
  child.stdin
    ?.on("error", () => undefined)
    .on("drain", resume)
    .on("finish", resume)
    .on("close", resume);
  return {
    pid,
    exit: drained.then(() => exited),
    take({ channel, payload }) {
      if (channel !== channels.stdin || !child.stdin) return;
      if (payload.length === 0) child.stdin.end();
      else if (!child.stdin.write(payload) && !child.stdin.destroyed) socket.pause();
    },
  };
}

interface Pump {
  readonly socket: Socket;
  readonly exited: Promise<unknown>;
}

/** Sends what a stream yields, no faster than it is taken, until it ends, or lies still after the process's end. */
async function forward(source: Readable, channel: Channel, { socket, exited }: Pump): Promise<void> {
  let quiet: NodeJS.Timeout | undefined;
  let hasExited = false;
  let isHeldUp = false;
  const listen = () => {
    clearTimeout(quiet);
    // A client that is slow says nothing of the source.
    if (hasExited && !isHeldUp) quiet = setTimeout(() => source.destroy(), lingerMs);
  };
  void exited.then(() => {
    hasExited = true;
    listen();
  });
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      isHeldUp = socket.writable && !writeFrame(socket, channel, chunk);
      listen();
      if (!isHeldUp) continue;
      await taken(socket);
      isHeldUp = false;
      listen();
    }
  } catch {
    // Destroyed, because it lay still.
  }
  clearTimeout(quiet);
  if (socket.writable) writeFrame(socket, channel);
}

/** Resolves when the client has taken what waits for it, or is gone. */
function taken(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      socket.off("drain", settle).off("close", settle);
      resolve();
    };
    if (socket.destroyed) resolve();
    else socket.on("drain", settle).on("close", settle);
  });
}

/** How much of a terminal's output may wait for a slow client: one that is left unread when its process ends is cut off soon. */
const mostWaitingBytes = 1024 * 1024;

async function onTerminal({ columns, rows }: ExecSpec, launch: Launch, socket: Socket): Promise<Started> {
  const terminal = await spawnOnTerminal(launch.command, launch.environment, {
    workingDirectory: launch.workingDirectory,
    ...(columns ? { columns } : {}),
    ...(rows ? { rows } : {}),
    ...(launch.user ? { user: launch.user } : {}),
  });
  const output = new TerminalOutput(terminal);
  let hasExited = false;
  const exit = new Promise<ProcessExit>((resolve) => {
    terminal.onExit(({ exitCode, signal }) => {
      hasExited = true;
      if (socket.writable) writeFrame(socket, channels.stdout);
      resolve(signal ? { type: "signal", signal } : { type: "code", code: exitCode });
    });
  });
  terminal.onData((bytes) => {
    if (socket.writable) writeFrame(socket, channels.stdout, bytes as unknown as Buffer);
    if (socket.writableLength > mostWaitingBytes) output.pause();
  });
  socket.on("drain", () => output.resume());
  return {
    pid: terminal.pid,
    exit,
    take({ channel, payload }) {
      if (hasExited) return;
      // Its types lack the bytes that it takes.
      if (channel === channels.stdin)
        terminal.write(payload.length === 0 ? endOfInput : (payload as unknown as string));
      if (channel !== channels.message) return;
      resizeTerminal(terminal, (JSON.parse(payload.toString()) as Resize).resize);
    },
  };
}
