import { setTimeout as pause } from "node:timers/promises";
import { bytesWindow } from "@virtual-kubelet/pod-toolkit";
import { type ByteSource, type ContainerRef, type LogCall, ProviderError } from "@virtual-kubelet/provider";
import type { NomadClient } from "../client.ts";
import { followOutputs } from "./follow-outputs.ts";
import { type KeptOutput, type OutputStart, keptOutputs, readOutput, settleMs, tailOffset } from "./kept-output.ts";
import { type TaskRef, findTask } from "./task-ref.ts";

/**
 * What a container has written, from Nomad's files. Nomad keeps the output of all runs of a container in one sequence, stdout and
 * stderr apart and without times. So what was there before is given one output after the other, the one that was written to last at the end;
 * what comes while it is followed is given as it comes. Times, and the previous run alone, cannot be had; `since` where all of an output is
 * of that moment or later, or all older, by when the allocation began and when Nomad last wrote to it.
 *
 * @throws {ProviderError} `Unsupported` for `timestamps`, a `previous` run, and a `since` within an output; `NotFound` when there was no previous run.
 */
export async function openLogs(
  client: NomadClient,
  target: { readonly jobId: string; readonly container: ContainerRef },
  call: LogCall,
): Promise<ByteSource> {
  const ref = await findTask(client, target, call);
  assertReadable(ref, target.container, call);
  const { stream: _stream, since: _since, ...rules } = call;
  // Refused before anything is read, when it cannot be given.
  const window = bytesWindow(lateChunks(), rules);
  const starts = await startsOf(client, ref, call);
  return window;

  async function* lateChunks(): AsyncGenerator<Uint8Array | "synced"> {
    if (call.follow) yield* followOutputs(client, { ref, starts }, call);
    else for (const start of starts) yield* readOutput(client, { ref, start }, call);
    yield "synced";
  }
}

function assertReadable({ task, state }: TaskRef, { pod }: ContainerRef, { previous }: LogCall): void {
  if (previous && !state?.Restarts) {
    throw new ProviderError("NotFound", `previous terminated container "${task}" in pod "${pod.name}" not found`);
  }
  if (previous) {
    const why = "Nomad keeps the output of all runs of a container together, without a mark between them";
    throw new ProviderError("Unsupported", `${why}: ask for it without --previous.`);
  }
  if (!state?.StartedAt || state.StartedAt.startsWith("0001-")) {
    throw new ProviderError("InvalidInput", `container "${task}" in pod "${pod.name}" is waiting to start`);
  }
}

async function startsOf(client: NomadClient, ref: TaskRef, call: LogCall): Promise<readonly OutputStart[]> {
  const { state } = ref;
  if (state?.State === "dead" && state.FinishedAt) {
    const sinceEndMs = Date.now() - Date.parse(state.FinishedAt);
    if (sinceEndMs < settleMs)
      await pause(Math.min(settleMs, settleMs - sinceEndMs), undefined, { signal: call.signal });
  }
  const outputs = await keptOutputs(client, ref, call);
  const { tailLines, stream } = call;
  const wanted = outputs.filter(({ kind }) => stream === undefined || kind === stream);
  return Promise.all(
    wanted.map(async (output) => {
      const isOld = isOlder(output, ref, call);
      const lines = isOld ? 0 : tailLines;
      return { output, offset: lines === undefined ? 0 : await tailOffset(client, { ref, output, lines }, call) };
    }),
  );
}

/** Whether all of an output was written before `since`. Neither all nor nothing cannot be told apart. */
function isOlder({ changedAtMs, size, kind }: KeptOutput, { allocation }: TaskRef, { since }: LogCall): boolean {
  if (since === undefined || size === 0) return false;
  if (since.getTime() > changedAtMs) return true;
  if (since.getTime() * 1e6 <= allocation.CreateTime) return false;
  const why = `Nomad keeps output without times: what of ${kind} is from ${since.toISOString()} or later cannot be told from what is older`;
  throw new ProviderError("Unsupported", `${why}. Ask for it without --since, or for the last lines by --tail.`);
}
