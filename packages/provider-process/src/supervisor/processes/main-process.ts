import { spawn } from "node:child_process";
import { constants as system } from "node:os";
import type { ProcessExit } from "../../protocol/messages.ts";
import type { ContainerStreams } from "../container-streams.ts";
import type { Launch } from "./scene.ts";
import { spawnOnTerminal, withoutTerminals } from "./terminal.ts";

/** The main process of a container that has begun. */
export interface MainProcess {
  readonly pid: number;
  /** Resolves when it has ended. */
  readonly exit: Promise<ProcessExit>;
}

/** Starts the main process of a container, on the streams that are kept of it; rejects when there is no such process then. */
export async function launchMainProcess(streams: ContainerStreams, launch: Launch, tty: boolean): Promise<MainProcess> {
  return tty ? onTerminal(streams, launch) : onPipes(streams, launch);
}

async function onPipes(
  streams: ContainerStreams,
  { command, environment: env, user, workingDirectory: cwd }: Launch,
): Promise<MainProcess> {
  const [program, ...args] = command;
  const child = streams.onPipes((ends) =>
    withoutTerminals(ends, (stdio) => spawn(program, args, { cwd, env, stdio, detached: true, ...user })),
  );
  const { promise: exit, resolve } = Promise.withResolvers<ProcessExit>();
  child.once("exit", (code, signal) => {
    resolve(signal ? { type: "signal", signal: system.signals[signal] } : { type: "code", code: code ?? 0 });
  });
  if (child.pid === undefined) {
    const { promise, reject } = Promise.withResolvers<never>();
    child.once("error", reject);
    return promise;
  }
  child.on("error", () => undefined);
  return { pid: child.pid, exit };
}

async function onTerminal(
  streams: ContainerStreams,
  { command, environment, user, workingDirectory }: Launch,
): Promise<MainProcess> {
  const terminal = await spawnOnTerminal(command, environment, { workingDirectory, ...(user ? { user } : {}) });
  streams.onTerminal(terminal);
  const { promise: exit, resolve } = Promise.withResolvers<ProcessExit>();
  terminal.onExit(({ exitCode, signal }) => {
    resolve(signal ? { type: "signal", signal } : { type: "code", code: exitCode });
  });
  return { pid: terminal.pid, exit };
}
