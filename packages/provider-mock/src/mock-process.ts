import { type Duplex, PassThrough, addAbortSignal } from "node:stream";
import {
  type AttachCall,
  type ContainerProcess,
  type ContainerRef,
  type PodRef,
  type PortCall,
  ProviderError,
} from "@virtual-kubelet/provider";
import type { MockBackend } from "./mock-backend.ts";

/** A container's main process as an attacher meets it: it says back what it is told, and ends with its pod. */
export function attachToPod(
  backend: MockBackend,
  { pod, container }: ContainerRef,
  call: AttachCall,
): ContainerProcess {
  requireRunning(backend, pod);
  const input = new PassThrough();
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  input.pipe(stdout, { end: false });
  const ended = Promise.withResolvers<number>();
  const leave = () => ended.reject(new ProviderError("Unavailable", `Detached from container "${container}".`));
  call.signal.addEventListener("abort", leave, { once: true });
  if (call.signal.aborted) leave();
  void backend.ended(pod.uid).then(ended.resolve);
  const exit = ended.promise.finally(() => {
    call.signal.removeEventListener("abort", leave);
    for (const stream of [stdout, stderr]) stream.end();
  });
  exit.catch(() => undefined);
  return {
    ...(call.stdin ? { stdin: input } : {}),
    stdout,
    ...(call.tty ? { resize: () => undefined } : { stderr }),
    wait: async () => ({ type: "code", code: await exit }),
  };
}

/** Whatever the port, the pod says back what it is told. */
export function forwardToPod(backend: MockBackend, pod: PodRef, { signal }: PortCall): Duplex {
  requireRunning(backend, pod);
  const connection = addAbortSignal(signal, new PassThrough());
  connection.on("error", () => undefined);
  return connection;
}

function requireRunning(backend: MockBackend, { namespace, name, uid }: PodRef): void {
  if (backend.get(uid)?.status?.phase === "Running") return;
  throw new ProviderError("NotFound", `Pod ${namespace}/${name} does not run.`);
}
