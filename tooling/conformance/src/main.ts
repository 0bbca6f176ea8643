import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { exitCodeOf, PlainFailure } from "@virtual-kubelet/bootstrap/plain-failure";
import { keepResult } from "@virtual-kubelet/bootstrap/results";
import { runCommand } from "@virtual-kubelet/bootstrap/run-command";
import { binaries } from "@virtual-kubelet/control-plane";
import { inOwnNetwork, networkEnvironment } from "@virtual-kubelet/e2e/own-network";
import { RunFolder, endKilledRuns } from "@virtual-kubelet/e2e/run-folder";
import { kubectl } from "@virtual-kubelet/integration/kubectl";
import { chooseCases } from "./cases/choose-cases.ts";
import { notApplicable } from "./cases/not-applicable.ts";
import { quickCases } from "./cases/quick-cases.ts";
import type { ConformancePlan } from "./cluster/conformance-plan.ts";
import { type ConformanceArguments, conformanceArguments, usage } from "./command/conformance-arguments.ts";
import { conformancePrograms } from "./command/conformance-programs.ts";
import { missing } from "./command/requirements.ts";
import { conformanceDirectory, runNotes } from "./command/run-notes.ts";
import { staticBusybox } from "./images/busybox.ts";
import { rootDirectories } from "./images/root-directories.ts";
import { keepingShell } from "./images/shell.ts";
import { type CaseResult, caseResults } from "./results/case-result.ts";
import { recordRun, writeConformance } from "./results/kept-record.ts";
import { countOf, resultLines } from "./results/result-lines.ts";
import { catalogue } from "./suite/catalogue.ts";
import { reportedCases, suiteFailures } from "./suite/ginkgo-report.ts";
import { reportFile } from "./suite/run-suite.ts";

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function conformance(args: readonly string[]): Promise<number> {
  const asked = conformanceArguments(args);
  if (asked.help) {
    say(usage);
    return 0;
  }
  const reasons = await missing(asked.release);
  if (reasons.length > 0) {
    const sentence = `The conformance tests cannot be run here:\n${reasons.map((reason) => `  ${reason}`).join("\n")}`;
    if (asked.strict) throw new PlainFailure(sentence);
    say(`Skipped. ${sentence}`);
    // Not as one that passed, which a command is that ends well and counts nothing.
    keepResult("conformance", { name: "conformance, which cannot be run here", passed: 0, failed: 0 });
    return 0;
  }
  await endKilledRuns(runNotes);
  // Whoever started this program goes on when it is killed, and cleans up.
  await using folder = new RunFolder({ notes: runNotes, pid: process.ppid });
  return await run(asked, folder.path);
}

async function run(asked: ConformanceArguments, folder: string): Promise<number> {
  const { release, quick, patterns, processes } = asked;
  const programs = await binaries(release, { programs: conformancePrograms, say });
  const known = await catalogue({ program: programs["e2e.test"], folder });
  const choice = chooseCases(known, { table: notApplicable, patterns, ...(quick ? { only: quickCases } : {}) });
  if (asked.list) {
    for (const { name } of choice.run) say(name);
    for (const { name, reason } of choice.notApplicable) say(`not applicable: ${name}: ${reason}`);
    return 0;
  }
  if (choice.run.length === 0) throw new PlainFailure("No case of these areas has such a name.");
  const reports = join(conformanceDirectory, "reports");
  rmSync(reports, { recursive: true, force: true });
  mkdirSync(reports, { recursive: true });
  const tools = { agnhost: programs.agnhost, busybox: staticBusybox() ?? "", shell: keepingShell() ?? "" };
  const roots = await rootDirectories({ folder: join(folder, "images"), ...tools });
  const cases = choice.run.map(({ name }) => name);
  say(`${cases.length} cases on Kubernetes ${release}, ${processes} at once; reports are in ${reports}`);
  await inNetwork({ release, folder, roots, programs, kubectl: await kubectl(), cases, processes, reports });
  const report = readFileSync(join(reports, reportFile), "utf8");
  const results = caseResults(choice, reportedCases(report));
  for (const failure of suiteFailures(report)) say(`✗ ${failure}`);
  return conclude(results, { ...asked, known: known.map(({ name }) => name) });
}

/** What has to be fetched is there: inside, nothing can be. */
async function inNetwork(plan: ConformancePlan): Promise<void> {
  const file = join(plan.folder, "plan.json");
  writeFileSync(file, JSON.stringify(plan));
  const command = [process.execPath, join(import.meta.dirname, "run-in-network.ts"), file];
  const environment = { ...networkEnvironment, TMPDIR: plan.folder };
  const { exitCode } = await runCommand(inOwnNetwork(command) ?? command, { environment, show: true });
  if (exitCode !== 0) throw new PlainFailure("The suite could not be run to its end.");
}

function conclude(
  results: readonly CaseResult[],
  { release, record, known }: ConformanceArguments & { readonly known: readonly string[] },
): number {
  for (const line of resultLines(results)) say(line);
  const result = countOf(results);
  keepResult("conformance", result);
  if (record) {
    recordRun({ release, results, known });
    writeConformance();
  }
  return result.failed > 0 ? 1 : 0;
}

process.exitCode = await exitCodeOf(() => conformance(process.argv.slice(2)));
