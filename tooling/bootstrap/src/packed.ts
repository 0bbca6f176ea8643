import { exitCodeOf } from "./local/plain-failure.ts";
import { keepResult, resultOfOutput } from "./tests/results.ts";
import { runCommand } from "./tests/run-command.ts";

/** The check of the packed packages; arguments are those of tooling/checks/src/packed.ts. */
async function packed(args: readonly string[]): Promise<number> {
  const { exitCode, output } = await runCommand(["node", "tooling/checks/src/packed.ts", ...args], { show: true });
  const name = "packed packages";
  const result = resultOfOutput(name, output) ?? { name, passed: 0, failed: 1 };
  keepResult("packed", result);
  return exitCode;
}

process.exitCode = await exitCodeOf(() => packed(process.argv.slice(2)));
