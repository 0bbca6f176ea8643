import { join } from "node:path";
import type { RunRef } from "./protocol/messages.ts";

/*
 * What is where in a state directory:
 *
 *   supervisor.sock  supervisor.log  lock.<n>
 *   pods/<uid>/pod.json                                  who owns the pod, and what the client keeps of it
 *   pods/<uid>/<container>/<attempt>/run.json            what is known of the run
 *                                   /work                its working directory
 *                                   /stdin  /stdout  /stderr   named pipes
 *                                   /log  /log.1         its output, newest and older
 */

/** The longest path that a socket can have on all systems, in bytes. */
const longestSocketPath = 103;

export function socketPath(directory: string): string {
  return join(directory, "supervisor.sock");
}

/** Whether a socket can be made in this directory: their paths are short. */
export function fitsSocket(directory: string): boolean {
  return Buffer.byteLength(socketPath(directory)) <= longestSocketPath;
}

export function supervisorLogPath(directory: string): string {
  return join(directory, "supervisor.log");
}

export function podsFolder(directory: string): string {
  return join(directory, "pods");
}

export function podFolder(directory: string, uid: string): string {
  return join(podsFolder(directory), safe(uid));
}

export function podFile(directory: string, uid: string): string {
  return join(podFolder(directory, uid), "pod.json");
}

export function runFolder(directory: string, { uid, container, attempt }: RunRef): string {
  return join(podFolder(directory, uid), safe(container), String(attempt));
}

/** The files of one run, below its folder. */
export const runFiles = {
  record: "run.json",
  work: "work",
  stdin: "stdin",
  stdout: "stdout",
  stderr: "stderr",
  log: "log",
  olderLog: "log.1",
} as const;

/** UIDs and container names become folders: anything that could lead elsewhere is turned away. */
function safe(name: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/.test(name))
    throw new RangeError(`"${name}" cannot be the name of a folder.`);
  return name;
}
