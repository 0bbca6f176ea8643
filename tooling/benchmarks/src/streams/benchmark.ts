import { availableParallelism, cpus } from "node:os";
import { measureDelays } from "./measures/measure-delays.ts";
import { measureGrowth } from "./measures/measure-growth.ts";
import { measureRates } from "./measures/measure-rates.ts";
import type { StreamsResult } from "./report/result.ts";
import { startScene } from "./scene.ts";

export interface StreamsOptions {
  /** How much each stream carries. */
  readonly mebibytes: number;
  readonly rounds: number;
  readonly say: (line: string) => void;
}

const execs = 100;
const echoes = 500;
const stoppedMs = 5_000;

export async function benchmarkStreams({ mebibytes, rounds, say }: StreamsOptions): Promise<StreamsResult> {
  await using scene = await startScene();
  const { cluster } = scene;
  say(`A node with provider-process in ${cluster}`);
  const delays = await measureDelays(scene, { execs, echoes, say });
  const growths = await measureGrowth(scene, { stoppedMs, say });
  const rates = await measureRates(scene, { bytes: mebibytes * 2 ** 20, rounds, say });
  const machine = `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? "an unknown processor"}`;
  return { cluster, machine, nodeJs: process.versions.node, rates, delays, growths };
}
