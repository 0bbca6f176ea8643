import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { stateDirectory } from "@virtual-kubelet/bootstrap/checkout";
import { PlainFailure, exitCodeOf } from "@virtual-kubelet/bootstrap/plain-failure";
import { benchmarkStreams } from "./streams/benchmark.ts";
import { ratesChart } from "./streams/report/rates-chart.ts";
import { missedGoals, streamsReport } from "./streams/report/streams-report.ts";

const usage = `npm run benchmark -- streams [--mebibytes N] [--rounds N] [--record]

  --mebibytes   how much each stream carries: 256, if not said
  --rounds      how often each is measured: 3, if not said
  --record      keeps the result in tooling/benchmarks/results, instead of .virtual-kubelet/benchmarks
`;

async function benchmark(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      mebibytes: { type: "string", default: "256" },
      rounds: { type: "string", default: "3" },
      record: { type: "boolean", default: false },
    },
    allowPositionals: true,
  });
  if (positionals.join() !== "streams") throw new PlainFailure(usage);
  const result = await benchmarkStreams({
    mebibytes: Number(values.mebibytes),
    rounds: Number(values.rounds),
    say: (line) => void process.stderr.write(`${line}\n`),
  });
  const folder = values.record ? join(import.meta.dirname, "../results") : join(stateDirectory, "benchmarks");
  mkdirSync(folder, { recursive: true });
  const report = streamsReport(result);
  writeFileSync(join(folder, "streams.json"), `${JSON.stringify(result, undefined, 2)}\n`);
  writeFileSync(join(folder, "streams.svg"), ratesChart(result.rates));
  writeFileSync(join(folder, "streams.md"), report);
  process.stdout.write(report);
  const missed = missedGoals(result);
  if (missed.length > 0) process.stdout.write(`\nMissed: ${missed.join("; ")}\n`);
  return missed.length > 0 ? 1 : 0;
}

process.exitCode = await exitCodeOf(() => benchmark(process.argv.slice(2)));
