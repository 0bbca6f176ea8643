import type { AttachCall, ContainerProcess, ExecCall } from "@virtual-kubelet/provider";
import type { SupervisorClient } from "./client.ts";
import type { Connection } from "./protocol/connection.ts";
import type { RunRef } from "./protocol/messages.ts";
import { RemoteProcess } from "./streams/remote-process.ts";

/** Runs a command beside a container's main process. Its connection is its life: when it goes, the command is killed. */
export function execInRun(client: SupervisorClient, run: RunRef, call: ExecCall): Promise<ContainerProcess> {
  const { command, tty, stdin, size, signal } = call;
  return onConnection(client, signal, async (connection) => {
    const lost = "The connection to the command was lost; it has been killed.";
    const process = new RemoteProcess(connection, { ...call, lost });
    await connection.request("exec", { ...run, command, tty, stdin, ...size }, signal);
    return process.streams({ tty });
  });
}

/** Joins a container's main process. The end of its connection is that of the visit, and nothing to the process. */
export function attachToRun(client: SupervisorClient, run: RunRef, call: AttachCall): Promise<ContainerProcess> {
  const { stdin, stdout, stderr, signal } = call;
  return onConnection(client, signal, async (connection) => {
    const lost = `The connection to container "${run.container}" was lost; it runs on.`;
    const process = new RemoteProcess(connection, { ...call, lost });
    return process.streams(await connection.request("attach", { ...run, stdin, stdout, stderr }, signal));
  });
}

/** Makes a connection that is closed when the signal aborts, now or later, or when `use` fails. */
async function onConnection(
  client: SupervisorClient,
  signal: AbortSignal,
  use: (connection: Connection) => Promise<ContainerProcess>,
): Promise<ContainerProcess> {
  const connection = await client.connect(signal);
  try {
    const process = await use(connection);
    signal.addEventListener("abort", () => connection.socket.destroy(), { once: true });
    if (signal.aborted) connection.socket.destroy();
    return process;
  } catch (error) {
    await connection[Symbol.asyncDispose]();
    throw error;
  }
}
