import type { Call } from "@virtual-kubelet/provider";
import type { NomadClient } from "../client.ts";
import { requests } from "../client/requests.ts";
import type { TaskRef } from "./task-ref.ts";

export type OutputKind = "stdout" | "stderr";

/** What Nomad keeps of one output of a task: one sequence of bytes over all its runs and files. */
export interface KeptOutput {
  readonly kind: OutputKind;
  readonly size: number;
  readonly changedAtMs: number;
}

/** One output, and from where on it is read. */
export interface OutputStart {
  readonly output: KeptOutput;
  readonly offset: number;
}

/** How long Nomad may take to write what a task said last. */
export const settleMs = 500;

interface FileEntry {
  readonly Name: string;
  readonly Size: number;
  readonly IsDir: boolean;
  readonly ModTime: string;
}

const kinds: readonly OutputKind[] = ["stdout", "stderr"];
const firstBytes = 64 * 1024;
const newline = 10;
const silenceMs = 30_000;

/** What is kept of both outputs; the one that was written to last is last. */
export async function keptOutputs(client: NomadClient, ref: TaskRef, call: Call): Promise<readonly KeptOutput[]> {
  const files = await client.json<readonly FileEntry[] | null>(requests.list(ref.allocation.ID, "/alloc/logs"), call);
  return kinds.map((kind) => keptOf(kind, ref.task, files ?? [])).toSorted((a, b) => a.changedAtMs - b.changedAtMs);
}

function keptOf(kind: OutputKind, task: string, files: readonly FileEntry[]): KeptOutput {
  const start = `${task}.${kind}.`;
  const own = files.filter(
    ({ Name, IsDir }) => !IsDir && Name.startsWith(start) && /^\d+$/.test(Name.slice(start.length)),
  );
  return {
    kind,
    size: own.reduce((sum, { Size }) => sum + Size, 0),
    changedAtMs: Math.max(0, ...own.map(({ ModTime }) => Date.parse(ModTime))),
  };
}

/** From where on at least so many of the last lines are: looked for from the end, and no further than needed. */
export async function tailOffset(
  client: NomadClient,
  { ref, output, lines }: { readonly ref: TaskRef; readonly output: KeptOutput; readonly lines: number },
  call: Call,
): Promise<number> {
  const { kind, size } = output;
  if (lines === 0) return size;
  for (let length = firstBytes; length < size; length *= 4) {
    const query = { task: ref.task, type: kind, plain: true, origin: "start", offset: size - length } as const;
    const bytes = await client.bytes(requests.logs(ref.allocation.ID, query), call);
    // One more: the first may be a part of a line.
    if (countLines(bytes.subarray(0, length)) > lines) return size - length;
  }
  return 0;
}

function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, at + 1)) count++;
  return count;
}

/** All that is there from an offset on. */
export async function* readOutput(
  client: NomadClient,
  { ref, start: { output, offset } }: { readonly ref: TaskRef; readonly start: OutputStart },
  { signal }: Call,
): AsyncGenerator<Uint8Array> {
  const query = { task: ref.task, type: output.kind, plain: true, origin: "start", offset } as const;
  yield* await client.stream(requests.logs(ref.allocation.ID, query), { signal, silenceMs });
}
