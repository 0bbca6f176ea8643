import { writeSync } from "node:fs";

/** Notes what went wrong in the supervisor's log, its standard error; on a full disk not even that, and nothing else comes of it. */
export function note(what: string, error?: unknown): void {
  const detail = error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(error);
  try {
    writeSync(process.stderr.fd, `${new Date().toISOString()} ${what}${detail ? `: ${detail}` : ""}\n`);
  } catch {
    // There is nobody left to tell.
  }
}
