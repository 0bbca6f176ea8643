import { exitCodeOf } from "./local/plain-failure.ts";
import { keepResult, resultOfOutput, type Result } from "./tests/results.ts";
import { runCommand } from "./tests/run-command.ts";
import { runVitest } from "./tests/run-vitest.ts";

/** What is checked before the tests, quickest first; each is shown only when it fails. */
const checks: readonly { readonly name: string; readonly command: readonly string[] }[] = [
  { name: "types", command: ["tsc", "-p", "tsconfig.json"] },
  { name: "lint", command: ["oxlint", "--type-aware", "--deny-warnings"] },
  { name: "format", command: ["oxfmt", "--check"] },
  { name: "house checks", command: ["node", "tooling/checks/src/main.ts"] },
];

/** `npm test`: all of it, whatever fails; arguments after -- go to vitest. */
async function test(args: readonly string[]): Promise<number> {
  const lines: string[] = [];
  let failures = 0;
  const add = (result: Result, durationMs: number): void => {
    keepResult("test", result);
    failures += result.failed;
    const counts = `${result.passed} passed, ${result.failed} failed`;
    lines.push(
      `  ${result.failed > 0 ? "✗" : "✓"} ${result.name.padEnd(14)}${counts} (${(durationMs / 1000).toFixed(1)} s)`,
    );
  };
  for (const check of checks) {
    const began = performance.now();
    const { exitCode, output } = await runCommand(check.command);
    const result =
      exitCode === 0 ? { name: check.name, passed: 1, failed: 0 } : { name: check.name, passed: 0, failed: 1 };
    add(resultOfOutput(check.name, output) ?? result, performance.now() - began);
    process.stdout.write(exitCode === 0 ? `✓ ${check.name}\n` : `${output}\n✗ ${check.name}\n`);
  }
  const began = performance.now();
  add(await runVitest({ name: "tests", node: process.execPath, args }), performance.now() - began);
  process.stdout.write(`\n${lines.join("\n")}\n`);
  return failures > 0 ? 1 : 0;
}

process.exitCode = await exitCodeOf(() => test(process.argv.slice(2)));
