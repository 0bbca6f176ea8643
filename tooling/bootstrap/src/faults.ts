import { exitCodeOf } from "./local/plain-failure.ts";
import { runCommand } from "./tests/run-command.ts";

/** `npm run faults`: tooling/faults knows how. */
async function faults(args: readonly string[]): Promise<number> {
  const { exitCode } = await runCommand([process.execPath, "tooling/faults/src/main.ts", ...args], { show: true });
  return exitCode;
}

process.exitCode = await exitCodeOf(() => faults(process.argv.slice(2)));
