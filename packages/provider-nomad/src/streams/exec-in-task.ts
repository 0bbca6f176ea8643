import {
  type Call,
  type ContainerProcess,
  type ContainerRef,
  type ExecCall,
  ProviderError,
} from "@virtual-kubelet/provider";
import type { NomadClient } from "../client.ts";
import { requests } from "../requests.ts";
import type { NomadDriver } from "../job/drivers.ts";
import { assertProgram } from "./assert-program.ts";
import { RemoteCommand } from "./remote-command.ts";
import { assertRunning, findTask } from "./task-ref.ts";

/** Nomad says at once when a command cannot be started, but never that it has been. */
const startMs = 300;

/**
 * Runs a command beside a container's own. Aborting the call interrupts it where it has a terminal, and ends its input; a command
 * that minds neither runs on until its container ends, for Nomad has no way to kill it.
 */
export async function execInTask(
  client: NomadClient,
  target: { readonly jobId: string; readonly container: ContainerRef; readonly driver: NomadDriver },
  call: ExecCall,
): Promise<ContainerProcess> {
  const { container, driver } = target;
  const ref = await findTask(client, target, call);
  assertRunning(ref, container);
  // After one that does not exist this driver runs no more commands in the task, and does not say so.
  if (driver === "exec") await assertProgram(client, { ref, program: call.command[0] }, call);
  const { tty, command } = call;
  const socket = await client.socket(requests.exec(ref.allocation.ID, { task: ref.task, tty, command }), call);
  const remote = new RemoteCommand(socket, call, (code, reason) => errorOf(container, { code, reason, call }));
  await remote.started(startMs);
  return remote.process();
}

function errorOf(
  { container, pod }: ContainerRef,
  { code, reason, call }: { readonly code: number; readonly reason: string; readonly call: Call },
): ProviderError {
  const where = `container "${container}" of pod "${pod.namespace}/${pod.name}"`;
  if (/failed to start command|executable file not found|no such file/i.test(reason)) {
    const words = reason.replace(/^.*failed to start command: /, "");
    return new ProviderError("InvalidInput", `the command cannot be started in ${where}: ${words}`);
  }
  if (/permission denied/i.test(reason)) {
    return new ProviderError(
      "Unauthorized",
      `no command may be run in ${where}: the token's policy needs "alloc-exec"`,
    );
  }
  if (/task not found|unknown allocation|not running/i.test(reason)) {
    return new ProviderError("NotFound", `${where} does not run: ${reason}`);
  }
  const why = call.signal.aborted ? "it was given up" : reason || `the connection was closed (${code})`;
  return new ProviderError("Unavailable", `what became of the command in ${where} is not known: ${why}`);
}
