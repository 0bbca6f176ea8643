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
}

/** Says in a runtime's words why a program cannot be started, before the attempt; `undefined` when it can be tried. */
export function findProblem(
  program: string,
  { workingDirectory, path, written = program }: ProgramPlace,
): MissingProgram | undefined {
  if (!statSync(workingDirectory, { throwIfNoEntry: false })?.isDirectory()) {
    return { problem: `working directory "${workingDirectory}" does not exist on this host` };
  }
  const isPath = program.includes("/");
  const candidates = isPath
    ? [resolve(workingDirectory, program)]
    : (path ?? "").split(":").map((folder) => join(resolve(workingDirectory, folder), program));
  if (candidates.some((file) => isProgram(file))) return undefined;
  if (!isPath) return { problem: `exec: "${written}": executable file not found in $PATH` };
  const exists = candidates.some((file) => statSync(file, { throwIfNoEntry: false }));
  return { problem: `exec: "${written}": ${exists ? "permission denied" : "no such file or directory"}` };
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
