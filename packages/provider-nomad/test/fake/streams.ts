import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { WebSocket } from "ws";
import type { NomadEventBatch } from "../../src/api/event.ts";
import type { FakeRun } from "./fake-run.ts";
import { type FakeCall, Refusal } from "./reply.ts";
import type { FakeState } from "./state.ts";

const followMs = 50;

/** A task's output from Nomad's files: as it is, or as frames, which go on. */
export async function streamLogs(run: FakeRun, { query, response }: FakeCall): Promise<void> {
  const task = query.get("task") ?? "";
  const known = run.tasks.find(({ name }) => name === task);
  if (!known) throw new Refusal(400, `unknown task name "${task}"`);
  if (known.status.StartedAt === null) throw new Refusal(404, `task "${task}" not started yet. No logs available`);
  const File = `alloc/logs/${task}.${query.get("type")}.0`;
  const path = `${run.logs}/${task}.${query.get("type")}.0`;
  const wanted = Number(query.get("offset") ?? 0);
  let offset = query.get("origin") === "end" ? Math.max(0, statSync(path).size - wanted) : wanted;
  response.writeHead(200, { "content-type": query.get("plain") ? "text/plain" : "application/json" });
  response.flushHeaders();
  while (!response.destroyed) {
    const bytes = readFileSync(path).subarray(offset);
    offset += bytes.length;
    const frame = bytes.length === 0 ? {} : { Data: bytes.toString("base64"), File, Offset: offset };
    if (query.get("plain") === "true") response.write(bytes);
    else response.write(JSON.stringify(frame));
    // It goes on when the task has ended, as Nomad's does.
    if (query.get("follow") !== "true") break;
    await sleep(followMs);
  }
  response.end();
}

/** Every change from here on, after what is still in the buffer. */
export function streamEvents(state: FakeState, { query, response }: FakeCall): void {
  const topics = new Set(query.getAll("topic"));
  const from = Number(query.get("index") ?? 0);
  const send = (batch: NomadEventBatch): void => {
    const events = (batch.Events ?? []).filter(({ Topic }) => topics.has(Topic));
    if (events.length > 0) response.write(`${JSON.stringify({ ...batch, Events: events })}\n`);
  };
  response.writeHead(200, { "content-type": "application/json" });
  response.write("{}\n");
  for (const batch of state.buffer) if ((batch.Index ?? 0) >= from) send(batch);
  const heartbeat = setInterval(() => response.write("{}\n"), 30_000);
  state.changes.on("batch", send);
  response.once("close", () => {
    clearInterval(heartbeat);
    state.changes.off("batch", send);
  });
}

interface ClientFrame {
  readonly stdin?: { readonly data?: string; readonly close?: boolean };
}

/** Runs a command beside a task. Its process lives on when the socket is closed, as with Nomad. */
export function serveExec(
  run: FakeRun | undefined,
  query: URLSearchParams,
  socket: WebSocket,
): ChildProcess | undefined {
  const task = run?.tasks.find(({ name }) => name === query.get("task"));
  if (!run) return refuse(socket, 1008, 'Unknown allocation "none"');
  if (!task) return refuse(socket, 1011, "task not found");
  if (!task.isRunning) return refuse(socket, 1008, `task "${task.name}" is not running.`);
  const command = JSON.parse(query.get("command") ?? "[]") as readonly [string, ...string[]];
  const isTerminal = query.get("tty") === "true";
  // Under a terminal both outputs are one.
  const whole = isTerminal ? ["/bin/sh", "-c", 'exec "$@" 2>&1', "sh", ...command] : command;
  const child = spawn(whole[0] ?? "", whole.slice(1), { env: task.environment, stdio: "pipe", detached: true });
  const send = (frame: object): void => socket.send(JSON.stringify(frame), () => undefined);
  for (const kind of ["stdout", "stderr"] as const) {
    child[kind].on("data", (data: Buffer) => send({ [kind]: { data: data.toString("base64") } }));
    child[kind].once("end", () => send({ [kind]: { close: true } }));
  }
  child.stdin.on("error", () => undefined);
  child.once("error", ({ message }) => {
    const words = message.includes("ENOENT") ? `fork/exec ${command[0]}: no such file or directory` : message;
    socket.close(1011, `rpc error: code = Unknown desc = failed to start command: ${words}`);
  });
  child.once("close", (code, signal) => {
    const exit = code ?? (signal === "SIGKILL" ? 137 : 143);
    send({ exited: true, result: exit === 0 ? {} : { exit_code: exit } });
    socket.close(1000);
  });
  socket.on("message", (text: Buffer) => {
    const { stdin } = JSON.parse(text.toString()) as ClientFrame;
    if (stdin?.data) child.stdin.write(Buffer.from(stdin.data, "base64"));
    if (stdin?.close) child.stdin.end();
  });
  return child;
}

function refuse(socket: WebSocket, code: number, words: string): undefined {
  socket.close(code, words);
}
