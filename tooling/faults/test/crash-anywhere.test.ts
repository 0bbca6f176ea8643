import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { AgentProgram } from "../src/agent/agent-program.ts";
import { Bench } from "../src/bench.ts";
import { untilQuiet } from "../src/histories/until-quiet.ts";
import { Workload } from "../src/histories/workload.ts";
import { crashesVariable, quickVariable, scenario } from "../src/scenario.ts";

const inQuick = process.env[quickVariable] === undefined ? 200 : 40;
const crashes = Number(process.env[crashesVariable] ?? inQuick);
/** After so many kills everybody waits until all is quiet, and it is compared in full. */
const betweenComparisons = 10;
/** A start takes about half of it. */
const longestLifeMs = 1_500;

scenario(
  "a killed anywhere, again and again, under a random workload",
  {
    expected: "After each restart the backend's pods are the cluster's by UID; nothing runs twice, nothing is killed.",
    guard: {
      file: "packages/controllers/src/pods/backend/backend-view.ts",
      from: "      this.#orphans.suspect(state);",
      to: "",
    },
    timeoutMs: 120_000 + crashes * 5_000,
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    await using workload = new Workload(it);
    workload.start();
    for (let crash = 1; crash <= crashes; crash++) {
      const agent = await AgentProgram.start(it);
      await sleep(Math.random() * longestLifeMs);
      if (crash % betweenComparisons === 0) {
        await agent.untilReady();
        await untilQuiet(workload, () => agent.complaints);
        workload.resume();
      }
      await agent.kill();
      expect(workload.wrongs(), `after ${crash} kills`).toEqual([]);
      if (crash % 50 === 0)
        process.stdout.write(`killed ${crash} of ${crashes} times, ${workload.lives} pods so far\n`);
    }
    const last = await AgentProgram.start(it);
    await last.untilReady();
    await untilQuiet(workload, () => last.complaints);
    expect(workload.wrongs()).toEqual([]);
    expect(it.backend.count("repeated")).toBe(0);
    saw(`${crashes} kills, ${workload.acts} acts, ${workload.lives} pods: each started once, none killed or leaked`);
  },
);
