import type { KeptResult, Result } from "./results.ts";

/**
 * The results of all commands that ran, each named with its exit code. One that failed without counting a failure counts as
 * one; one that counts nothing itself, and ended well, as one that passed.
 */
export function addUp(exitCodes: ReadonlyMap<string, number>, kept: readonly KeptResult[]): Result[] {
  return [...exitCodes].flatMap(([command, exitCode]) => {
    const own = kept.filter((result) => result.command === command);
    if (exitCode !== 0 && !own.some(({ failed }) => failed > 0))
      return [...own, { name: command, passed: 0, failed: 1 }];
    return own.length > 0 ? own : [{ name: command, passed: 1, failed: 0 }];
  });
}
