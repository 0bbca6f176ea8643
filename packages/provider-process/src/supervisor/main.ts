/*
 * The supervisor of one state directory: a program of its own that outlives the agent, so that the containers' parent, exit
 * codes and output do. It imports nothing but Node.js and its own files, to stay small; and these are written so that the
 * oldest supported Node.js runs them as they are.
 *
 *   node main.js <directory> <idle-ms>
 */
import { chmodSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { socketPath } from "../state-directory.ts";
import { serve } from "./serve.ts";
import { lockDirectory } from "./directory-lock.ts";
import { note } from "./note.ts";
import { Supervisor } from "./supervisor.ts";

const [stateDirectory = ".", idle = "60000"] = process.argv.slice(2);
process.title = "virtual-kubelet-supervisor";
// The containers inherit it; our own files say their modes.
process.umask(0o022);
process.chdir("/");

// Ending would cost the exit codes of every container that runs here; what went wrong is in the log.
process.on("uncaughtException", (error) => note("Unexpected", error));
process.on("unhandledRejection", (error) => note("Unexpected", error));
process.on("SIGHUP", () => undefined);

if (lockDirectory(stateDirectory)) run(stateDirectory, Number(idle));

function run(directory: string, idleMs: number): void {
  const supervisor = new Supervisor(directory);
  supervisor.adoptAll();

  let clients = 0;
  let idleSince = Date.now();
  const shutDown = async (gracePeriodSeconds: number) => {
    await supervisor.shutDown(gracePeriodSeconds);
    // After the answer has gone out. The socket stays: another supervisor may have its own there by now.
    setTimeout(() => process.exit(0), 20);
  };
  const server = createServer({ allowHalfOpen: false, highWaterMark: 256 * 1024 }, (socket) => {
    clients++;
    socket.on("close", () => {
      clients--;
      idleSince = Date.now();
    });
    serve(socket, { supervisor, shutDown });
  });
  rmSync(socketPath(directory), { force: true });
  server.on("error", (error) => {
    note("The socket cannot be made", error);
    process.exit(1);
  });
  server.listen(socketPath(directory), () => chmodSync(socketPath(directory), 0o600));

  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void shutDown(0));
  setInterval(
    () => {
      if (clients > 0 || supervisor.isBusy) idleSince = Date.now();
      else if (Date.now() - idleSince >= idleMs) process.exit(0);
    },
    Math.min(idleMs, 1000),
  );
}
