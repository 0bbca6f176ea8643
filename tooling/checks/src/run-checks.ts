import type { Check, Files } from "./check.ts";

/** Runs every check, prints a line for each and one for each violation, and gives the number of checks that failed. */
export async function runChecks(
  checks: readonly Check[],
  files: Files,
  print: (line: string) => void,
): Promise<number> {
  let failed = 0;
  for (const check of checks) {
    const violations = await check.run(files);
    print(`${violations.length === 0 ? "✓" : "✗"} ${check.name}: ${check.promise}`);
    for (const { path, line, message } of violations)
      print(`    ${path}${line === undefined ? "" : `:${line}`}  ${message}`);
    if (violations.length > 0) failed += 1;
  }
  print(`${checks.length - failed} passed, ${failed} failed`);
  return failed;
}
