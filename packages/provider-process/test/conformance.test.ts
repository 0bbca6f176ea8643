import { readFileSync } from "node:fs";
import {
  type ConformanceTarget,
  type FaultEnd,
  type Faults,
  type TabledResult,
  conformance,
  shellWorkloads,
  withConformanceTable,
} from "@virtual-kubelet/provider-testkit";
import { type TestContext, afterAll, describe, expect, test } from "vitest";
import { provider } from "../src/index.ts";
import { StateDirectory, until } from "./process-node.ts";

const state = new StateDirectory();
afterAll(() => state[Symbol.asyncDispose]());

/** A supervisor takes what its own agent asks it for, and answers at once or not at all. */
const faults: Faults = {
  throttle: "a supervisor turns nobody away",
  delayVisibility: "a supervisor tells of a pod as soon as it keeps it",
  partialList: "a supervisor tells all that it has in one stream",
  loseWatch: "the agent's only stream of events is its connection",
  unreachable: "an agent starts the supervisor that it does not find",
};

function targetIn(place: StateDirectory): ConformanceTarget {
  const create = provider({ directory: place.path, address: "127.0.0.1", supervisorIdleMs: 10_000 });
  return { create, workloads: shellWorkloads(), faults: { ...faults, hang: () => hang(place) } };
}

/** A process that is stopped takes connections, and answers none. */
async function hang(place: StateDirectory): Promise<FaultEnd> {
  let pid = 0;
  await until(async () => (pid = await place.supervisorPid().catch(() => 0)) > 0, "a supervisor to be stopped");
  process.kill(pid, "SIGSTOP");
  return { end: () => void process.kill(pid, "SIGCONT") };
}

const results: TabledResult[] = [];

describe("the contract", () => {
  for (const { id, area, name, timeoutMs } of conformance(targetIn(state))) {
    test.concurrent(`${name} (${id})`, { timeout: timeoutMs }, async (runner) => {
      if (area !== "hangs") return assertKept(id, state, runner);
      await using alone = new StateDirectory();
      return assertKept(id, alone, runner);
    });
  }
});

async function assertKept(id: string, place: StateDirectory, runner: TestContext): Promise<void> {
  const check = conformance(targetIn(place)).find((one) => one.id === id);
  if (!check) throw new Error(`There is no check ${id}`);
  const { skipped: reason } = await check.run();
  results.push({ ...check, ...(reason === undefined ? { outcome: "passed" } : { outcome: "skipped", reason }) });
  if (reason !== undefined) runner.skip(reason);
}

// Other systems have no stats.
test.runIf(process.platform === "linux")("the README says how far the provider goes", async () => {
  const path = new URL("../README.md", import.meta.url);
  await expect(withConformanceTable(readFileSync(path, "utf8"), results)).toMatchFileSnapshot("../README.md");
});
