import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "@virtual-kubelet/bootstrap/checkout";
import { runCommand } from "@virtual-kubelet/bootstrap/run-command";
import { type ScenarioResult, scenarioResults } from "../results/scenario-result.ts";
import { mutationVariable } from "../scenario.ts";
import { type MutationVerdict, mutationVerdict } from "./mutation-verdict.ts";
import { SourceCopy } from "./source-copy.ts";

/** How many scenarios run at once: each waits most of the time, but for times that must not be stretched. */
const atOnce = 2;

export interface Mutation extends MutationVerdict {
  readonly scenario: ScenarioResult;
}

/** Runs each scenario on sources without its guard; yields what came of it, the first to end first. */
export async function* mutate(scenarios: readonly ScenarioResult[]): AsyncGenerator<Mutation, void> {
  const waiting = [...scenarios];
  const running = new Map<ScenarioResult, Promise<Mutation>>();
  while (waiting.length + running.size > 0) {
    for (const scenario of waiting.splice(0, atOnce - running.size)) running.set(scenario, mutation(scenario));
    const ended = await Promise.race(running.values());
    running.delete(ended.scenario);
    yield ended;
  }
}

async function mutation(scenario: ScenarioResult): Promise<Mutation> {
  try {
    using copy = new SourceCopy();
    copy.remove(scenario.guards);
    const report = await runAlone(scenario, copy.root);
    const result = scenarioResults(report).find(({ name }) => name === scenario.name);
    return { scenario, ...mutationVerdict(result) };
  } catch (error) {
    return { scenario, verdict: "broken", why: (error as Error).message };
  }
}

/** Gives the report of the run. */
async function runAlone({ file, name, number }: ScenarioResult, copy: string): Promise<string> {
  const report = join(copy, "report.json");
  const test = join(copy, file.slice(root.length));
  const exactly = `^${name.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`)}$`;
  const vitest = [process.execPath, join(copy, "node_modules/vitest/vitest.mjs"), "run"];
  const where = ["--root", join(copy, "tooling/faults"), test, "-t", exactly];
  await runCommand([...vitest, ...where, "--reporter=json", `--outputFile.json=${report}`], {
    environment: { [mutationVariable]: number },
  });
  return readFileSync(report, "utf8");
}
