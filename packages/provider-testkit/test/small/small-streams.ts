import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { PassThrough, addAbortSignal } from "node:stream";
import { text } from "node:stream/consumers";
import { logWindow } from "@virtual-kubelet/pod-toolkit";
import {
  type AttachCall,
  type ByteSource,
  type ContainerProcess,
  type ContainerRef,
  type ExecCall,
  type Exit,
  type LogCall,
  type PodRef,
  type PortCall,
  ProviderError,
} from "@virtual-kubelet/provider";
import type { SmallBackend } from "./small-backend.ts";
import type { SmallContainer } from "./small-container.ts";

export function smallLogs(backend: SmallBackend, ref: ContainerRef, call: LogCall): ByteSource {
  const container = containerOf(backend, ref);
  const run = container.run(call.previous ? 1 : 0);
  if (!run) throw new ProviderError("NotFound", `There is no such run of container "${ref.container}".`);
  return logWindow(container.output(run, call.signal), call);
}

export async function smallExec(backend: SmallBackend, ref: ContainerRef, call: ExecCall): Promise<ContainerProcess> {
  if (!containerOf(backend, ref).isRunning) throw new ProviderError("NotFound", "The container does not run.");
  const [program, first = "", second = ""] = call.command;
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  const stderr = call.tty ? stdout : new PassThrough();
  const exits: Record<string, () => Promise<Exit> | Exit> = {
    exit: () => code(Number(first)),
    lives: () => code(backend.staying.has(first) ? 0 : 1),
    print: () => {
      stdout.write(first);
      stderr.write(second);
      return code(0);
    },
    echo: async () => {
      if (!call.stdin) stdin.end();
      stdout.write(await text(stdin));
      return code(0);
    },
    stay: () => stays(backend, stdout, call.signal),
  };
  const exit = exits[program];
  if (!exit) throw new ProviderError("NotFound", `There is no program "${program}".`);
  const ended = Promise.resolve(exit()).finally(() => {
    stdout.end();
    stderr.end();
  });
  return {
    ...(call.stdin ? { stdin } : {}),
    stdout,
    ...(call.tty ? {} : { stderr }),
    wait: () => ended,
  };
}

async function stays(backend: SmallBackend, stdout: PassThrough, signal: AbortSignal): Promise<Exit> {
  const word = randomUUID();
  backend.staying.add(word);
  stdout.write(`${word}\n`);
  await once(signal, "abort");
  backend.staying.delete(word);
  return { type: "signal", signal: 9 };
}

export function smallAttach(backend: SmallBackend, ref: ContainerRef, call: AttachCall): ContainerProcess {
  const container = containerOf(backend, ref);
  const run = container.run(0);
  if (!run || run.end) throw new ProviderError("NotFound", "The container does not run.");
  const stdin = new PassThrough();
  const outputs = { stdout: new PassThrough(), stderr: new PassThrough() };
  const exit = Promise.withResolvers<Exit>();
  exit.promise.catch(() => undefined);
  void (async () => {
    let isNew = false;
    for await (const batch of container.output(run, call.signal)) {
      if (batch === "synced") isNew = true;
      else if (isNew) for (const record of batch) outputs[record.stream].write(`${String(record.text)}\n`);
    }
    outputs.stdout.end();
    outputs.stderr.end();
    if (run.end) exit.resolve(code(run.end.exitCode));
    else exit.reject(new ProviderError("Unavailable", "Detached."));
  })();
  stdin.on("data", (chunk: Buffer) => {
    if (container.program.does === "echo") container.write("stdout", String(chunk).trimEnd());
  });
  return { ...(call.stdin ? { stdin } : {}), ...outputs, wait: () => exit.promise };
}

export function smallPort(backend: SmallBackend, pod: PodRef, { port, signal }: PortCall): PassThrough {
  const known = backend.pods.get(pod.uid);
  if (!known) throw new ProviderError("NotFound", `There is no pod ${pod.name}.`);
  const listens = known.containers.some(({ program }) => program.does === "listen" && program.port === port);
  if (!listens) throw new ProviderError("Unavailable", `Nobody listens on port ${port}.`);
  const connection = addAbortSignal(signal, new PassThrough());
  connection.on("error", () => undefined);
  return connection;
}

function containerOf(backend: SmallBackend, { pod, container }: ContainerRef): SmallContainer {
  const found = backend.pods.get(pod.uid)?.container(container);
  if (!found) throw new ProviderError("NotFound", `There is no container "${container}" in pod ${pod.name}.`);
  return found;
}

function code(exitCode: number): Exit {
  return { type: "code", code: exitCode };
}
