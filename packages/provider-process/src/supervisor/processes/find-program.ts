import { accessSync, constants, statSync } from "node:fs";
import { join, resolve } from "node:path";

/** Why a program cannot be started. */
export interface MissingProgram {
  readonly problem: string;
}

/** Where a program would look for things. */
export interface ProgramPlace {
  readonly workingDirectory: string;
  readonly path: string | undefined;
  /** How a pod writes the program, where that is not what it is: what its variables hold may be a secret. */
  readonly written?: string;
  /** Where the path that it sees is on this host, without links; `undefined` when there is nothing. Absent: the same. */
  onHost?(path: string): string | undefined;
}

/** Says in a runtime's words why a program cannot be started, before the attempt; `undefined` when it can be tried. */
export function findProblem(program: string, place: ProgramPlace): MissingProgram | undefined {
  const { workingDirectory, path, written = program } = place;
  const onHost = (file: string) => (place.onHost ? place.onHost(file) : file);
  if (!statOf(onHost(workingDirectory))?.isDirectory()) {
    const where = place.onHost ? "in the container" : "on this host";
    return { problem: `working directory "${workingDirectory}" does not exist ${where}` };
  }
  const isPath = program.includes("/");
  const candidates = isPath
    ? [resolve(workingDirectory, program)]
    : (path ?? "").split(":").map((folder) => join(resolve(workingDirectory, folder), program));
  if (candidates.some((file) => isProgram(onHost(file)))) return undefined;
  if (!isPath) return { problem: `exec: "${written}": executable file not found in $PATH` };
  const exists = candidates.some((file) => statOf(onHost(file)));
  return { problem: `exec: "${written}": ${exists ? "permission denied" : "no such file or directory"}` };
}

function statOf(file: string | undefined) {
  return file === undefined ? undefined : statSync(file, { throwIfNoEntry: false });
}

export function isProgram(file: string | undefined): boolean {
  if (file === undefined) return false;
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
