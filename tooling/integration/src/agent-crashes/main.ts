/* Kills the agent two hundred times: `node tooling/integration/src/agent-crashes/main.ts --rounds 200`. */
import { parseArgs } from "node:util";
import { crashAgent } from "./crash-agent.ts";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "200" }, pods: { type: "string", default: "10" } },
});
const rounds = Number(values.rounds);
const report = await crashAgent({
  rounds,
  pods: Number(values.pods),
  withinMs: 2_000,
  progress: (round, { starts }) =>
    process.stdout.write(`\rkilled ${round} of ${rounds} times, ${starts} containers started`),
});
const { faults, starts, ended } = report;
process.stdout.write(`\n${starts} containers started, ${ended} of them to end; ${faults.length} faults\n`);
for (const fault of faults) process.stdout.write(`  ${fault}\n`);
process.exitCode = faults.length === 0 ? 0 : 1;
