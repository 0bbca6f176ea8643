import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Progress } from "./progress.ts";

export interface SuiteRun {
  readonly programs: { readonly ginkgo: string; readonly "e2e.test": string };
  readonly kubectl: string;
  /** Of an administrator. */
  readonly kubeconfig: string;
  /** The whole names of the cases to run. */
  readonly cases: readonly string[];
  /** How many of them beside each other; those that must be alone come after. */
  readonly processes: number;
  /** Where the suite's reports and its log go. */
  readonly reports: string;
}

/** More than all cases take, one after the other. */
const limit = "2h";

/** Where the report is, and what the suite says, in the folder of a run's reports. */
export const reportFile = "ginkgo/report.json";
const suiteLog = "e2e.log";

/** Runs cases of `e2e.test` to their end. What became of them is in the reports. */
export async function runSuite(run: SuiteRun): Promise<void> {
  const progress = new Progress(run.cases.length);
  const log = createWriteStream(join(run.reports, suiteLog));
  const child = spawn(run.programs.ginkgo, ginkgoArguments(run), {
    cwd: run.reports,
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stderr.pipe(log, { end: false });
  createInterface({ input: child.stdout }).on("line", (line) => {
    log.write(`${line}\n`);
    const told = progress.heard(line);
    if (told !== undefined) process.stdout.write(`${told}\n`);
  });
  await once(child, "close");
  log.end();
  await once(log, "close");
}

function ginkgoArguments({ programs, kubectl, kubeconfig, cases, processes, reports }: SuiteRun): string[] {
  return [
    "run",
    "--no-color",
    "-v",
    `--procs=${processes}`,
    `--timeout=${limit}`,
    `--focus=${focusOn(cases)}`,
    programs["e2e.test"],
    "--",
    "--provider=skeleton",
    `--kubeconfig=${kubeconfig}`,
    `--kubectl-path=${kubectl}`,
    "--num-nodes=1",
    "--disable-log-dump",
    `--report-dir=${reports}`,
    // Beside its short JUnit report: all that is known of each case.
    "--report-complete-ginkgo",
  ];
}

/** A regular expression of Go that matches these names and nothing that only begins like one. */
export function focusOn(names: readonly string[]): string {
  return `(${names.map((name) => name.replaceAll(/[\\^$.|?*+()[\]{}]/g, String.raw`\$&`)).join("|")})$`;
}
