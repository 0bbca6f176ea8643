import { addUp } from "./tests/add-up.ts";
import { keptResults } from "./tests/results.ts";

/** Adds up what the commands before it counted, for CI, and says what failed. Each argument names a command and its exit code: `demo=0`. */
const exitCodes = new Map(
  process.argv.slice(2).map((argument): [string, number] => {
    const [command = "", exitCode] = argument.split("=");
    return [command, Number(exitCode)];
  }),
);
const results = addUp(exitCodes, keptResults());
const sum = (key: "passed" | "failed"): number => results.reduce((total, result) => total + result[key], 0);
for (const { name, passed, failed, failures = [] } of results) {
  process.stdout.write(`  ${name}: ${passed} passed, ${failed} failed\n`);
  for (const failure of failures) process.stdout.write(`    ✗ ${failure}\n`);
}
process.stdout.write(`${sum("passed")} passed, ${sum("failed")} failed\n`);
process.exitCode = sum("failed") > 0 || sum("passed") === 0 ? 1 : 0;
