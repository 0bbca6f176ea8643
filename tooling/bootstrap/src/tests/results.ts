import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { root, stateDirectory } from "../local/checkout.ts";

/** How many tests of one kind really ran, and how they ended. */
export interface Result {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  /** What failed, a line each: its name and the first line of why. */
  readonly failures?: readonly string[];
}

/** One file per result, so that commands that run one after the other can be added up. */
export const resultsDirectory: string = join(stateDirectory, "results");

/** A result and the command of the bootstrap that it came from. */
export interface KeptResult extends Result {
  readonly command: string;
}

export function keepResult(command: string, { name, passed, failed, failures }: Result): void {
  mkdirSync(resultsDirectory, { recursive: true });
  const file = `${command}.${name.replaceAll(/[^\w.]+/g, "-")}.json`;
  writeFileSync(join(resultsDirectory, file), `${JSON.stringify({ command, name, passed, failed, failures })}\n`);
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

interface VitestReport {
  readonly numPassedTests?: number;
  readonly numFailedTests?: number;
  readonly numFailedTestSuites?: number;
  readonly success?: boolean;
  readonly testResults?: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages?: readonly string[] | null;
    }[];
  }[];
}

/** A file of tests that did not even load counts as one that failed. */
export function resultOfVitest(name: string, report: string): Result {
  const read = JSON.parse(report) as VitestReport;
  const { numPassedTests = 0, numFailedTests = 0, numFailedTestSuites = 0, success = false } = read;
  const failed = numFailedTests > 0 || success ? numFailedTests : Math.max(1, numFailedTestSuites);
  return { name, passed: numPassedTests, failed, failures: failuresOf(read) };
}

function failuresOf({ testResults = [] }: VitestReport): string[] {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const tests = assertionResults.filter((result) => result.status === "failed");
    if (tests.length === 0 && status === "failed") return [failure(relative(root, name), message)];
    return tests.map(({ fullName, failureMessages }) => failure(fullName, failureMessages?.[0]));
  });
}

function failure(what: string, why = "no reason given"): string {
  return `${what}: ${stripVTControlCharacters(why).split("\n", 1)[0]}`;
}

/** The last line of that form in what a command printed: `12 passed, 1 failed`; a line `✗ what` is one of those that failed. */
export function resultOfOutput(name: string, output: string): Result | undefined {
  const counts = [...output.matchAll(/^(\d+) passed, (\d+) failed$/gm)].at(-1);
  const failures = [...output.matchAll(/^✗ (.+)$/gm)].map(([, what = ""]) => what);
  return counts && { name, passed: Number(counts[1]), failed: Number(counts[2]), failures };
}
