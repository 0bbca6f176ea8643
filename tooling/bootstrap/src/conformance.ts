import { exitCodeOf } from "./local/plain-failure.ts";
import { runCommand } from "./tests/run-command.ts";

/** `npm run conformance`: tooling/conformance knows how. */
async function conformance(args: readonly string[]): Promise<number> {
  const { exitCode } = await runCommand([process.execPath, "tooling/conformance/src/main.ts", ...args], { show: true });
  return exitCode;
}

process.exitCode = await exitCodeOf(() => conformance(process.argv.slice(2)));
