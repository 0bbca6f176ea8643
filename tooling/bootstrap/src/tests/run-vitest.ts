import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root, stateDirectory } from "../local/checkout.ts";
import { resultOfVitest, type Result } from "./results.ts";
import { runCommand, type CommandOptions } from "./run-command.ts";

export interface VitestRun {
  /** What the result is called. */
  readonly name: string;
  /** The Node.js to run it with. */
  readonly node: string;
  readonly args?: readonly string[];
  readonly environment?: CommandOptions["environment"];
  /** Makes another command of the one that runs vitest. */
  readonly within?: (command: readonly string[]) => readonly string[];
}

export interface VitestResult extends Result {
  /** What vitest's `json` reporter wrote. */
  readonly report: string;
}

/** Runs tests, those of the whole workspace if `args` do not say otherwise, with what they print, and counts those that ran. */
export async function runVitest({ name, node, args = [], environment = {}, within }: VitestRun): Promise<VitestResult> {
  const reportFile = join(stateDirectory, `${name.replaceAll(/[^\w.]+/g, "-")}.report.json`);
  rmSync(reportFile, { force: true });
  const program = [node, join(root, "node_modules/vitest/vitest.mjs"), "run", "--reporter=default", "--reporter=json"];
  const command = [...program, `--outputFile.json=${reportFile}`, ...args];
  const { exitCode } = await runCommand(within?.(command) ?? command, {
    environment,
    show: true,
  });
  const report = readReport(reportFile);
  const result = resultOfVitest(name, report);
  return { ...result, failed: exitCode !== 0 && result.failed === 0 ? 1 : result.failed, report };
}

function readReport(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "{}";
  }
}
