import { HttpError } from "../error-response.ts";

/** Which streams of a process a caller asks for. */
export interface StreamSelection {
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
}

/**
 * Reads `input`, `output`, `error` and `tty`, each asked for by the value `1`. Under a terminal there is no stderr of
 * its own, so that one is ignored.
 *
 * @throws {HttpError} 400 when there is no stream.
 */
export function parseStreamSelection(query: URLSearchParams): StreamSelection {
  const asks = (name: string): boolean => query.get(name) === "1";
  const tty = asks("tty");
  const selection = { tty, stdin: asks("input"), stdout: asks("output"), stderr: asks("error") && !tty };
  if (!selection.stdin && !selection.stdout && !selection.stderr) {
    throw new HttpError(400, "you must specify at least 1 of stdin, stdout, stderr");
  }
  return selection;
}

/**
 * Reads `command`, which is repeated.
 *
 * @throws {HttpError} 400 when there is none.
 */
export function parseCommand(query: URLSearchParams): readonly [string, ...string[]] {
  const [program, ...rest] = query.getAll("command");
  if (!program) throw new HttpError(400, "you must specify at least one command parameter");
  return [program, ...rest];
}

/** Reads `cmd`, which is cut at its spaces, as kubelet does. */
export function splitCommand(query: URLSearchParams): readonly string[] {
  return (query.get("cmd") ?? "").split(" ");
}
