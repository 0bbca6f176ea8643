import { HttpError } from "../error-response.ts";

/** What a caller asks of an exec, in kubelet's query parameters. */
export interface CommandOptions {
  readonly command: readonly [string, ...string[]];
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
}

/**
 * Reads `command` (repeated), `input`, `output`, `error` and `tty`; the latter four are asked for by the value `1`.
 * Under a terminal there is no stderr of its own, so that one is ignored.
 *
 * @throws {HttpError} 400 when there is no command or no stream.
 */
export function parseCommandOptions(query: URLSearchParams): CommandOptions {
  const asks = (name: string): boolean => query.get(name) === "1";
  const [program, ...rest] = query.getAll("command");
  if (!program) throw new HttpError(400, "you must specify at least one command parameter");
  const options: CommandOptions = {
    command: [program, ...rest],
    tty: asks("tty"),
    stdin: asks("input"),
    stdout: asks("output"),
    stderr: asks("error") && !asks("tty"),
  };
  if (!options.stdin && !options.stdout && !options.stderr) {
    throw new HttpError(400, "you must specify at least 1 of stdin, stdout, stderr");
  }
  return options;
}
