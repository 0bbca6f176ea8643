import { createHash } from "node:crypto";
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
 *                                   /view                its root view: layers and files made for it
 *   volumes/<uid>/<volume>                               emptyDirs, and files volumes whose contents may be on a disk
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

/** Where the volumes of pods are, in folders by their UIDs. */
export function volumesFolder(directory: string): string {
  return join(directory, "volumes");
}

/** The same for those in memory, on systems that keep a file system there. Its name is known again after a crash of everything. */
export function memoryFolder(directory: string): string {
  const name = createHash("sha256").update(directory).digest("hex").slice(0, 16);
  return join("/dev/shm", `virtual-kubelet-${name}`);
}

/** The folders that hold the volumes of a pod. */
export function podVolumeFolders(directory: string, uid: string): readonly string[] {
  return [volumesFolder(directory), memoryFolder(directory)].map((folder) => join(folder, safe(uid)));
}

/** The folder of a volume in one of those of its pod. */
export function volumeFolder(ofPod: string, name: string): string {
  return join(ofPod, safe(name));
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
  view: "view",
  terminationMessage: "termination-message",
} as const;

/** UIDs and names of containers and volumes become folders: anything that could lead elsewhere is turned away. */
function safe(name: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/.test(name))
    throw new RangeError(`"${name}" cannot be the name of a folder.`);
  return name;
}
