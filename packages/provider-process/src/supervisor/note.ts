/** Notes what went wrong in the supervisor's log, its standard error. */
export function note(what: string, error?: unknown): void {
  const detail = error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(error);
  process.stderr.write(`${new Date().toISOString()} ${what}${detail ? `: ${detail}` : ""}\n`);
}
