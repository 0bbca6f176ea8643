import type { IPty } from "@lydell/node-pty";
import type { ProcessSpec } from "../../protocol/messages.ts";

/** A process on a terminal of its own. */
export interface TerminalOptions {
  readonly workingDirectory: string;
  readonly columns?: number;
  readonly rows?: number;
  readonly user?: ProcessSpec["user"];
}

/** Starts a process as the leader of a new session with a terminal. The native module is loaded for the first one. */
export async function spawnOnTerminal(
  [program, ...args]: ProcessSpec["command"],
  environment: Readonly<Record<string, string>>,
  options: TerminalOptions,
): Promise<IPty> {
  const pty = (await import("@lydell/node-pty")).default;
  return pty.spawn(program, args, {
    name: environment["TERM"] ?? "xterm",
    cols: options.columns || 80,
    rows: options.rows || 24,
    cwd: options.workingDirectory,
    env: { ...environment },
    encoding: null,
    ...options.user,
  });
}
