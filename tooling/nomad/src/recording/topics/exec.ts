import { nobody } from "../normalised.ts";
import { allocationOf, hasEnded, isRunning, shell } from "../recorded-job.ts";
import type { Recorder } from "../recorder.ts";
import { execFrames } from "../streams.ts";

interface Case {
  readonly name: string;
  readonly command: readonly string[];
  readonly tty?: boolean;
  readonly task?: string;
  readonly send?: readonly object[];
}

const closed = { stdin: { close: true } };
const data = (text: string): object => ({ stdin: { data: Buffer.from(text).toString("base64") } });

const cases: readonly Case[] = [
  { name: "writes, and ends with 0", command: ["/bin/sh", "-c", "echo out"] },
  { name: "writes to stderr, and ends with 3", command: ["/bin/sh", "-c", "echo wrong >&2; exit 3"] },
  { name: "is ended by a signal", command: ["/bin/sh", "-c", "kill -9 $$"] },
  { name: "reads to the end", command: ["/bin/cat"], send: [data("hello\n"), closed] },
  {
    name: "at a terminal of that size",
    command: ["/bin/sh", "-c", "sleep 1; stty size; exit 2"],
    tty: true,
    // It begins before the size has come.
    send: [{ tty_size: { height: 30, width: 100 } }],
  },
  { name: "a program that is not there", command: ["/nowhere/program"] },
  { name: "in a task that is not there", command: ["/bin/true"], task: "none" },
  { name: "no command", command: [] },
];

/** Commands in a running task, by WebSocket: the frames as they come. */
export async function exec(recorder: Recorder): Promise<void> {
  const { ID } = await allocationOf(recorder, { id: "vk-entered", ...shell("exec sleep 3600") }, isRunning);
  for (const { name, command, tty = false, task = "main", send = [closed] } of cases)
    await keep(recorder, name, { path: pathOf(ID, { command, tty, task }), send });
  const none = { command: ["/bin/true"], tty: false, task: "main" };
  await keep(recorder, "in an allocation that is not there", { path: pathOf(nobody, none), send: [closed] });
  await recorder.nomad.client.get({ method: "DELETE", path: "/v1/job/vk-entered" });
  await recorder.until<{ ClientStatus: string }>(
    { path: `/v1/allocation/${ID}` },
    (one) => one.ClientStatus === "complete",
  );
  await keep(recorder, "in a task that has ended", { path: pathOf(ID, none), send: [closed] });
  const ended = await allocationOf(recorder, { id: "vk-over", ...shell("exit 0") }, hasEnded);
  await recorder.ask("without a WebSocket", { path: pathOf(ended.ID, none) });
}

interface Command {
  readonly command: readonly string[];
  readonly tty: boolean;
  readonly task: string;
}

function pathOf(allocation: string, { command, tty, task }: Command): string {
  const asked = new URLSearchParams({ task, command: JSON.stringify(command), tty: String(tty) });
  return `/v1/client/allocation/${allocation}/exec?${asked.toString()}`;
}

async function keep(
  recorder: Recorder,
  name: string,
  call: { readonly path: string; readonly send: readonly object[] },
): Promise<void> {
  const messages = joined(await execFrames(recorder.nomad, call));
  recorder.keep(name, { path: call.path, body: call.send }, { status: 101, messages });
}

/** Output comes in pieces as it is read, and signs of life when there is time: the pieces of each kind in one, and no signs. */
function joined(frames: readonly unknown[]): readonly unknown[] {
  const output: Record<string, string> = {};
  const others: unknown[] = [];
  const ends: unknown[] = [];
  for (const frame of frames as readonly Record<string, { data?: string; close?: boolean }>[]) {
    const [kind, content] = Object.entries(frame)[0] ?? [];
    // A sign of life.
    if (kind === undefined) continue;
    if (content?.data !== undefined)
      output[kind] = (output[kind] ?? "") + Buffer.from(content.data, "base64").toString();
    else if (content?.close) ends.push(frame);
    else others.push(frame);
  }
  const written = Object.entries(output).map(([kind, text]) => ({
    [kind]: { data: Buffer.from(text).toString("base64") },
  }));
  const inOrder = ends.toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
  return [...written.toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b))), ...inOrder, ...others];
}
