import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { type Trial, startTrial } from "../node/trial.ts";
import { allHoldings } from "./all-holdings.ts";
import { type Holdings, differences } from "./holdings.ts";
import { type Killing, killings } from "./killings.ts";
import { type Victims, startVictims } from "./victims.ts";
import { waysToGo } from "./ways-to-go.ts";

export interface LeakTrial {
  /** How often each kind of client is killed. */
  readonly times: number;
  /** Told of each kind as it ends. */
  readonly say?: (line: string) => void;
  /** Only kinds whose name has this. */
  readonly only?: string;
}

export interface LeakReport {
  /** What was there afterwards and should not be, or is missing; none is what is promised. */
  readonly faults: readonly string[];
  /** The kinds that the node does not have. */
  readonly refused: readonly string[];
}

/** Within so long nothing of a client may be left. */
const settleMs = 30_000;
const lookMs = 100;
const atOnce = 8;
const warmUp = 16;

/** Kills clients half way, and compares what agent and supervisor hold with what they held before. */
export async function judgeLeaks({ times, say = () => {}, only = "" }: LeakTrial): Promise<LeakReport> {
  await using trial = await startTrial();
  const scene: Scene = { trial, victims: await startVictims(trial) };
  const faults: string[] = [];
  const refused: string[] = [];
  for (const killing of killings.filter(({ name }) => name.includes(only))) {
    const refusal = await killMany(killing, scene, 1).then(
      () => undefined,
      (error: Error) => error.message,
    );
    if (refusal !== undefined) {
      refused.push(killing.name);
      say(`${killing.name}: refused: ${refusal}`);
      continue;
    }
    const { found, report } = await judge(killing, scene, times);
    faults.push(...found.map((line) => `${killing.name}: ${line}`));
    say(`${killing.name}: ${report}`);
  }
  return { faults, refused };
}

interface Scene {
  readonly trial: Trial;
  readonly victims: Victims;
}

async function judge(
  killing: Killing,
  scene: Scene,
  times: number,
): Promise<{ readonly found: readonly string[]; readonly report: string }> {
  await killMany(killing, scene, warmUp);
  const before = await untilSteady(scene);
  const startedAt = performance.now();
  await killMany(killing, scene, times);
  const killedAt = performance.now();
  const found = await untilSettled(scene.trial, before);
  const settledMs = Math.round(performance.now() - killedAt);
  const rate = `${Math.min(times, killing.most ?? times)} in ${((killedAt - startedAt) / 1000).toFixed(1)} s`;
  return { found, report: `${rate}; ${found.length === 0 ? `nothing left after ${settledMs} ms` : found.join("; ")}` };
}

async function killMany({ kill, most = Infinity }: Killing, { trial, victims }: Scene, wanted: number): Promise<void> {
  const times = Math.min(wanted, most);
  const turns = Array.from({ length: times }, (_, index) => waysToGo[index % waysToGo.length] ?? "close").values();
  const killer = async (): Promise<void> => {
    for (const way of turns) await kill(trial, victims, way);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, times) }, killer));
}

/** What is held once that no longer changes, and the supervisor has done all that the killed have left it to do. */
async function untilSteady({ trial, victims }: Scene): Promise<Holdings> {
  await trial.process.ask({ order: "run", target: victims.idle, command: ["true"], times: 3 });
  const end = performance.now() + settleMs;
  let last = await allHoldings(trial);
  for (let same = 0; same < 5 && performance.now() < end;) {
    await delay(lookMs);
    const now = await allHoldings(trial);
    same = differences(last, now).length === 0 ? same + 1 : 0;
    last = now;
  }
  return last;
}

/** What still differs when the time is up. */
async function untilSettled(trial: Trial, before: Holdings): Promise<readonly string[]> {
  const end = performance.now() + settleMs;
  for (;;) {
    const found = differences(before, await allHoldings(trial));
    if (found.length === 0 || performance.now() > end) return found;
    await delay(lookMs);
  }
}
