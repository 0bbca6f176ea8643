import { type LogBatch, logTime, logWindow } from "@virtual-kubelet/pod-toolkit";
import {
  type ByteSource,
  type ContainerRef,
  type LogCall,
  type PodState,
  ProviderError,
} from "@virtual-kubelet/provider";
import type { MockBackend } from "./mock-backend.ts";

/**
 * A container's output: one line, written when its pod was started. Who follows has the end when the pod's end comes.
 *
 * @throws {ProviderError} `NotFound` for a pod that is not here, and for a run before: there never is one.
 */
export function mockLogs(backend: MockBackend, container: ContainerRef, call: LogCall): ByteSource {
  const state = backend.get(container.pod.uid);
  if (!state) throw new ProviderError("NotFound", `pod "${container.pod.name}" is not kept in memory`);
  if (call.previous) {
    throw new ProviderError("NotFound", `container "${container.container}" in pod "${state.name}" has run only once`);
  }
  return logWindow(output(backend, container, { state, signal: call.signal }), call);
}

interface Reading {
  readonly state: PodState;
  readonly signal: AbortSignal;
}

async function* output(
  backend: MockBackend,
  { pod, container }: ContainerRef,
  { state, signal }: Reading,
): AsyncGenerator<LogBatch> {
  const text = `${pod.namespace}/${pod.name} ${container} runs in memory and has nothing to say`;
  const time = logTime(state.status?.startTime ?? new Date(0)) ?? "";
  yield [{ time, stream: "stdout", endsLine: true, text: Buffer.from(text) }];
  yield "synced";
  for await (const event of backend.watch(signal)) {
    if (event.type === "synced" || event.pod.uid !== pod.uid) continue;
    if (event.type === "gone" || hasEnded(event.pod)) return;
  }
}

function hasEnded({ status }: PodState): boolean {
  return status?.phase === "Succeeded" || status?.phase === "Failed";
}
