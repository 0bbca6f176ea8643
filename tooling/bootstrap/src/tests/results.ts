import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stateDirectory } from "../local/checkout.ts";

/** How many tests of one kind really ran, and how they ended. */
export interface Result {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
}

/** One file per result, so that commands that run one after the other can be added up. */
export const resultsDirectory: string = join(stateDirectory, "results");

/** A result and the command of the bootstrap that it came from. */
export interface KeptResult extends Result {
  readonly command: string;
}

export function keepResult(command: string, { name, passed, failed }: Result): void {
  mkdirSync(resultsDirectory, { recursive: true });
  const file = `${command}.${name.replaceAll(/[^\w.]+/g, "-")}.json`;
  writeFileSync(join(resultsDirectory, file), `${JSON.stringify({ command, name, passed, failed })}\n`);
}

export function keptResults(): KeptResult[] {
  try {
    return readdirSync(resultsDirectory)
      .toSorted()
      .map((file) => JSON.parse(readFileSync(join(resultsDirectory, file), "utf8")) as KeptResult);
  } catch {
    return [];
  }
}

/** A file of tests that did not even load counts as one that failed. */
export function resultOfVitest(name: string, report: string): Result {
  const {
    numPassedTests = 0,
    numFailedTests = 0,
    numFailedTestSuites = 0,
    success = false,
  } = JSON.parse(report) as {
    readonly numPassedTests?: number;
    readonly numFailedTests?: number;
    readonly numFailedTestSuites?: number;
    readonly success?: boolean;
  };
  const failed = numFailedTests > 0 || success ? numFailedTests : Math.max(1, numFailedTestSuites);
  return { name, passed: numPassedTests, failed };
}

/** The last line of that form in what a command printed: `12 passed, 1 failed`. */
export function resultOfOutput(name: string, output: string): Result | undefined {
  const counts = [...output.matchAll(/^(\d+) passed, (\d+) failed$/gm)].at(-1);
  return counts && { name, passed: Number(counts[1]), failed: Number(counts[2]) };
}
