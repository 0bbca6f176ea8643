import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { test } from "vitest";

/** The lines that keep a promise, and what they look like when they do not: the scenario must fail with them patched. */
export interface Guard {
  /** From the root of the workspace. */
  readonly file: string;
  /** Stands there once. */
  readonly from: string;
  readonly to: string;
}

export interface ScenarioOptions {
  /** What a user sees, in one sentence. */
  readonly expected: string;
  /** Of several, each alone is enough: they are patched out together. */
  readonly guard: Guard | readonly Guard[];
  /** Takes longer than the quick run has time for. */
  readonly isSlow?: boolean;
  /** Why it cannot be run on this host; absent: it can. */
  readonly lacking?: string | undefined;
  readonly timeoutMs?: number;
}

export interface Scenario {
  /** Notes what was seen, with its figures; the last word counts. */
  readonly saw: (what: string) => void;
}

/** What a scenario tells the table, through the report of the test run. */
export interface ScenarioRow extends Pick<ScenarioOptions, "expected"> {
  readonly number: string;
  readonly title: string;
  readonly guards: readonly Guard[];
  /** Why it cannot be run on this host. */
  lacking?: string;
  /** It was begun, and not left out. */
  isRun?: boolean;
  seen?: string;
}

declare module "vitest" {
  interface TaskMeta {
    fault?: ScenarioRow;
  }
}

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** The number of the scenario whose guard is patched out; the source is a copy then. */
export const mutationVariable = "VIRTUAL_KUBELET_MUTATED_SCENARIO";
/** Set: slow scenarios are left out. */
export const quickVariable = "VIRTUAL_KUBELET_QUICK_FAULTS";
/** How often the agent is killed where it can be killed anywhere. */
export const crashesVariable = "VIRTUAL_KUBELET_FAULT_CRASHES";

/** One numbered fault: `scenario("08 events that are replayed", …)`. A guard that is not in the source fails the file. */
export function scenario(name: string, options: ScenarioOptions, run: (it: Scenario) => Promise<void>): void {
  const { expected, guard, isSlow = false, lacking, timeoutMs = 120_000 } = options;
  const [number = "", ...title] = name.split(" ");
  const guards = [guard].flat();
  if (process.env[mutationVariable] === undefined) for (const each of guards) checkGuard(number, each);
  const isLeftOut = isSlow && process.env[quickVariable] !== undefined;
  const fault: ScenarioRow = { number, title: title.join(" "), expected, guards };
  // In the report also when it is not run: that is how the guards are found.
  test(`[${number}] ${fault.title}`, { timeout: timeoutMs, meta: { fault } }, async ({ task, skip }) => {
    if (lacking !== undefined) {
      task.meta.fault = { ...fault, lacking };
      skip(lacking);
    }
    if (isLeftOut) skip("takes longer than the quick run has time for");
    const row: ScenarioRow = { ...fault, isRun: true };
    task.meta.fault = row;
    await run({ saw: (what) => void (row.seen = what) });
  });
}

function checkGuard(number: string, { file, from }: Guard): void {
  const found = readFileSync(`${root}${file}`, "utf8").split(from).length - 1;
  if (found !== 1) throw new Error(`The guard of scenario ${number} stands ${found} times in ${file}: ${from}`);
}
