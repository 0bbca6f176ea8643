import { setTimeout as pause } from "node:timers/promises";
import { type Call, isProviderError } from "@virtual-kubelet/provider";
import type { NomadAllocation } from "../api/allocation.ts";
import type { NomadClient } from "../client.ts";
import { jsonObjects } from "../client/json-objects.ts";
import { requests } from "../client/requests.ts";
import { type OutputStart, readOutput, settleMs } from "./kept-output.ts";
import type { TaskRef } from "./task-ref.ts";

/** Three of the heartbeats that Nomad sends, one a second, and time for a slow way. */
const silenceMs = 30_000;
const waitMs = 60_000;
const reopenMs = 1_000;

interface LogFrame {
  readonly Data?: string;
}

interface FollowedTask {
  readonly ref: TaskRef;
  readonly starts: readonly OutputStart[];
}

/**
 * What was there, one output after the other, then `synced`, then what comes, as it comes. Nomad's stream does not end with the task: that
 * is asked for beside it, and what was written last is read once more from where the stream had come to.
 */
export async function* followOutputs(
  client: NomadClient,
  { ref, starts }: FollowedTask,
  { signal }: Call,
): AsyncGenerator<Uint8Array | "synced"> {
  const over = new AbortController();
  const whole = AbortSignal.any([signal, over.signal]);
  const tails = starts.map((start) => new Tail(client, { ref, start }, whole));
  waitForEnd(client, ref, whole).then(
    () => over.abort(),
    () => undefined,
  );
  try {
    for (const tail of tails) yield* tail.backlog();
    yield "synced";
    yield* merged(tails.map((tail) => tail.rest()));
    signal.throwIfAborted();
    for (const { at } of tails) yield* readOutput(client, { ref, start: at }, { signal });
  } finally {
    over.abort();
    await Promise.allSettled(tails.map((tail) => tail.close()));
  }
}

/** One output, and how far it has been read. */
class Tail {
  readonly #chunks: AsyncGenerator<Uint8Array, void, undefined>;
  readonly #start: OutputStart;
  readonly #signal: AbortSignal;
  #read = 0;
  /** What came in one piece with the backlog, and is newer. */
  #newer: Uint8Array | undefined;

  constructor(
    client: NomadClient,
    { ref, start }: { readonly ref: TaskRef; readonly start: OutputStart },
    signal: AbortSignal,
  ) {
    this.#start = start;
    this.#signal = signal;
    this.#chunks = framesOf(client, { ref, start }, signal);
  }

  get at(): OutputStart {
    return { output: this.#start.output, offset: this.#start.offset + this.#read };
  }

  async *backlog(): AsyncGenerator<Uint8Array> {
    for (let left = this.#start.output.size - this.#start.offset; left > 0;) {
      const chunk = await this.#next();
      if (!chunk) return;
      yield chunk.subarray(0, left);
      if (chunk.length > left) this.#newer = chunk.subarray(left);
      left -= chunk.length;
    }
  }

  async *rest(): AsyncGenerator<Uint8Array> {
    if (this.#newer) yield this.#newer;
    for (let chunk = await this.#next(); chunk; chunk = await this.#next()) yield chunk;
  }

  async close(): Promise<void> {
    await this.#chunks.return();
  }

  async #next(): Promise<Uint8Array | undefined> {
    try {
      const next = await this.#chunks.next();
      if (next.done) return undefined;
      this.#read += next.value.length;
      return next.value;
    } catch (error) {
      if (this.#signal.aborted) return undefined;
      throw error;
    }
  }
}

async function* framesOf(
  client: NomadClient,
  { ref, start }: { readonly ref: TaskRef; readonly start: OutputStart },
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  let { offset } = start;
  // A stream that ends without an error has been ended by something on the way: it goes on from there.
  for (; ; await pause(reopenMs, undefined, { signal })) {
    const query = { task: ref.task, type: start.output.kind, follow: true, origin: "start", offset } as const;
    const chunks = await client.stream(requests.logs(ref.allocation.ID, query), { signal, silenceMs });
    for await (const { Data } of jsonObjects<LogFrame>(chunks)) {
      if (!Data) continue;
      const bytes = Buffer.from(Data, "base64");
      offset += bytes.length;
      yield bytes;
    }
  }
}

/** Resolves when the task will write nothing any more. */
async function waitForEnd(client: NomadClient, { allocation, task }: TaskRef, signal: AbortSignal): Promise<void> {
  let index = 1;
  while (!signal.aborted) {
    try {
      const request = requests.allocation(allocation.ID);
      const answer = await client.blocking<NomadAllocation>(request, { signal, index, waitMs });
      index = Math.max(1, answer.index);
      if (answer.value.TaskStates?.[task]?.State === "dead") break;
    } catch (error) {
      if (isProviderError(error, "NotFound")) return;
      // The stream itself tells when there is something wrong.
      await pause(waitMs / 12, undefined, { signal });
    }
  }
  await pause(settleMs, undefined, { signal });
}

/** What any of them gives, as it comes, until all have ended. */
async function* merged<T>(sources: readonly AsyncGenerator<T>[]): AsyncGenerator<T> {
  const next = async (source: AsyncGenerator<T>) => ({ source, result: await source.next() });
  const pending = new Map(sources.map((source) => [source, next(source)]));
  while (pending.size > 0) {
    const { source, result } = await Promise.race(pending.values());
    if (result.done) pending.delete(source);
    else {
      pending.set(source, next(source));
      yield result.value;
    }
  }
}
