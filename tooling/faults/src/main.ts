import { PlainFailure, exitCodeOf } from "@virtual-kubelet/bootstrap/plain-failure";
import { keepResult } from "@virtual-kubelet/bootstrap/results";
import { type VitestResult, runVitest } from "@virtual-kubelet/bootstrap/run-vitest";
import { type FaultArguments, faultArguments, patternOf, usage } from "./command/fault-arguments.ts";
import { mutate } from "./mutation/mutate.ts";
import { faultTable } from "./results/fault-table.ts";
import { recordScenarios, writeReliability } from "./results/kept-record.ts";
import { type ScenarioResult, scenarioResults } from "./results/scenario-result.ts";
import { crashesVariable, quickVariable } from "./scenario.ts";

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function faults(args: readonly string[]): Promise<number> {
  const asked = faultArguments(args);
  if (asked.help) {
    say(usage);
    return 0;
  }
  return asked.mutate ? runMutated(asked) : runScenarios(asked);
}

async function runScenarios(asked: FaultArguments): Promise<number> {
  const result = await run("faults", asked, patternOf(asked.numbers));
  keepResult("faults", result);
  const scenarios = scenarioResults(result.report);
  checkNumbers(asked, scenarios);
  say(`\n${faultTable(scenarios, process.stdout.columns || 160)}\n`);
  if (asked.record && result.failed === 0) {
    recordScenarios(scenarios);
    writeReliability();
  }
  return result.failed > 0 ? 1 : 0;
}

async function runMutated(asked: FaultArguments): Promise<number> {
  // A pattern that none has: the report tells of all scenarios, and none is run.
  const { report, failed } = await run("faults, not run", asked, "^none$");
  if (failed > 0) throw new PlainFailure("The scenarios cannot even be loaded; what is printed above says why.");
  const all = scenarioResults(report);
  checkNumbers(asked, all);
  const chosen = all.filter(({ number }) => asked.numbers.length === 0 || asked.numbers.includes(number));
  say(`\n${chosen.length} guards, each patched out in a copy of the source:`);
  let survived = 0;
  for await (const { scenario, verdict, why } of mutate(chosen)) {
    if (verdict !== "caught") survived++;
    say(`  ${verdict === "caught" ? "caught  " : verdict.toUpperCase()}  ${scenario.name}: ${why}`);
  }
  say(`${chosen.length - survived} of ${chosen.length} scenarios fail without their guard, as they must`);
  return survived > 0 ? 1 : 0;
}

async function run(name: string, { quick, crashes }: FaultArguments, pattern?: string): Promise<VitestResult> {
  return runVitest({
    name,
    node: process.execPath,
    args: ["--root", "tooling/faults", ...(pattern === undefined ? [] : ["-t", pattern])],
    environment: {
      ...(quick ? { [quickVariable]: "1" } : {}),
      ...(crashes === undefined ? {} : { [crashesVariable]: String(crashes) }),
    },
  });
}

function checkNumbers({ numbers }: FaultArguments, scenarios: readonly ScenarioResult[]): void {
  const missing = numbers.filter((number) => !scenarios.some((scenario) => scenario.number === number));
  if (missing.length > 0) throw new PlainFailure(`There is no scenario ${missing.join(", ")}.`);
}

process.exitCode = await exitCodeOf(() => faults(process.argv.slice(2)));
