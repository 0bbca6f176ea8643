/* Kills clients of each kind a thousand times: `node src/leaks/main.ts --times 1000 --only "over spdy"`. */
import { parseArgs } from "node:util";
import { judgeLeaks } from "./leak-judge.ts";

const { values } = parseArgs({
  options: { times: { type: "string", default: "1000" }, only: { type: "string", default: "" } },
});
const { faults, refused } = await judgeLeaks({
  times: Number(values.times),
  only: values.only,
  say: (line) => void process.stderr.write(`${line}\n`),
});
process.stdout.write(`${refused.length} kinds are refused; ${faults.length} faults\n`);
for (const fault of faults) process.stdout.write(`  ${fault}\n`);
process.exitCode = faults.length === 0 ? 0 : 1;
