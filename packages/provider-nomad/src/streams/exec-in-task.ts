import { type ContainerProcess, type ContainerRef, type ExecCall, ProviderError } from "@virtual-kubelet/provider";
import type { NomadClient } from "../client.ts";
import type { NomadDriver } from "../job/drivers.ts";
import { requests } from "../client/requests.ts";
import { killCommand, namedCommand, shell } from "./named-command.ts";
import { mayHaveProgram } from "./may-have-program.ts";
import { RemoteCommand } from "./remote-command.ts";
import { type TaskRef, assertRunning, findTask } from "./task-ref.ts";

/** Nomad says at once when a command cannot be started, but never that it has been. */
const startMs = 300;
/** How long a shell may take to say its first word. */
const firstWordMs = 15_000;
const killMs = 10_000;

interface Command {
  readonly client: NomadClient;
  readonly ref: TaskRef;
  readonly container: ContainerRef;
}

/**
 * Runs a command beside a container's own. Aborting the call kills it, where the container has a shell; where it has none the command is
 * interrupted if it has a terminal, and its input ends: one that minds neither runs on until its container ends.
 */
export async function execInTask(
  client: NomadClient,
  target: { readonly jobId: string; readonly container: ContainerRef; readonly driver: NomadDriver },
  call: ExecCall,
): Promise<ContainerProcess> {
  const { container, driver } = target;
  const ref = await findTask(client, target, call);
  assertRunning(ref, container);
  const command = { client, ref, container };
  // After a program that does not exist, the exec driver runs no more commands in the task, and does not say so.
  const hasShell = driver !== "exec" || (await mayHaveProgram(client, { ref, program: shell }, call));
  const process = hasShell ? await withShell(command, call) : undefined;
  if (process) return process;
  const [program] = call.command;
  if (driver === "exec" && !(await mayHaveProgram(client, { ref, program }, call))) {
    throw new ProviderError("InvalidInput", `exec: "${program}": executable file not found in the container`);
  }
  return bare(command, call);
}

/** `undefined`: there is no shell. */
async function withShell(command: Command, call: ExecCall): Promise<ContainerProcess | undefined> {
  const { client, ref, container } = command;
  const named = namedCommand(call.command);
  const socket = await open(command, named.command, call);
  const kill = (pid: number): Promise<void> => killIn(command, pid);
  const remote = new RemoteCommand(socket, { call, mark: named.mark, kill, errorOf: errorsOf(container, call) });
  try {
    await remote.started({ withinMs: firstWordMs, otherwise: "fail" });
    return remote.process();
  } catch (error) {
    if (error instanceof ProviderError && error.code === "InvalidInput") return undefined;
    if (call.signal.aborted) throw call.signal.reason;
    socket.terminate();
    if (!(error instanceof RangeError)) throw error;
    const why =
      "Nomad takes the command and does not start it; its exec driver does so after a program that was not there";
    const message = `no command starts in container "${ref.task}" of pod "${container.pod.name}": ${why}. Restart the pod`;
    throw new ProviderError("Unavailable", message, { cause: client });
  }
}

async function bare(command: Command, call: ExecCall): Promise<ContainerProcess> {
  const socket = await open(command, call.command, call);
  const remote = new RemoteCommand(socket, { call, errorOf: errorsOf(command.container, call) });
  await remote.started({ withinMs: startMs, otherwise: "go on" });
  return remote.process();
}

function open(
  { client, ref }: Command,
  command: readonly string[],
  { tty, signal }: Pick<ExecCall, "tty" | "signal">,
): ReturnType<NomadClient["socket"]> {
  return client.socket(requests.exec(ref.allocation.ID, { task: ref.task, tty, command }), { signal });
}

/** The call has been given up: this has a time of its own. */
async function killIn(command: Command, pid: number): Promise<void> {
  const signal = AbortSignal.timeout(killMs);
  const call: ExecCall = { signal, command: killCommand(pid), tty: false, stdin: false, stdout: false, stderr: false };
  const socket = await open(command, call.command, call);
  const remote = new RemoteCommand(socket, { call, errorOf: errorsOf(command.container, call) });
  await remote.process().wait();
}

function errorsOf(
  { container, pod }: ContainerRef,
  { signal }: Pick<ExecCall, "signal">,
): (code: number, reason: string) => ProviderError {
  const where = `container "${container}" of pod "${pod.namespace}/${pod.name}"`;
  return (code, reason) => {
    if (/failed to start command|executable file not found|no such file/i.test(reason)) {
      const words = reason.replace(/^.*failed to start command: /, "");
      return new ProviderError("InvalidInput", `the command cannot be started in ${where}: ${words}`);
    }
    if (/permission denied/i.test(reason)) {
      const needs = 'the token\'s policy needs "alloc-exec", and with the driver raw_exec "alloc-node-exec"';
      return new ProviderError("Unauthorized", `no command may be run in ${where}: ${needs}`);
    }
    if (/task not found|unknown allocation|not running/i.test(reason)) {
      return new ProviderError("NotFound", `${where} does not run: ${reason}`);
    }
    const why = signal.aborted ? "it was given up" : reason || `the connection was closed (${code})`;
    return new ProviderError("Unavailable", `what became of the command in ${where} is not known: ${why}`);
  };
}
