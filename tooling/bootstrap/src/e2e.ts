import { exitCodeOf } from "./local/plain-failure.ts";
import { runCommand } from "./tests/run-command.ts";

/** `npm run e2e`: tooling/e2e knows how. */
async function e2e(args: readonly string[]): Promise<number> {
  const { exitCode } = await runCommand([process.execPath, "tooling/e2e/src/main.ts", ...args], { show: true });
  return exitCode;
}

process.exitCode = await exitCodeOf(() => e2e(process.argv.slice(2)));
