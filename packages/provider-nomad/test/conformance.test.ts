import { readFileSync } from "node:fs";
import {
  type ConformanceCheck,
  type ConformanceTarget,
  type TabledResult,
  conformance,
  shellWorkloads,
  withConformanceTable,
} from "@virtual-kubelet/provider-testkit";
import { type TestContext, afterAll, describe, expect, test } from "vitest";
import { provider } from "../src/index.ts";
import { FakeNomad } from "./fake-nomad.ts";

const noTimes = "Nomad keeps output without times";
const consistent = "Nomad's lists show at once what has been registered";

/** What Nomad does not give, whatever the provider does. */
const skips: ConformanceTarget["skips"] = {
  "consistency.not-absent": consistent,
  "consistency.listed": consistent,
  "consistency.created-once": consistent,
  "consistency.deleted": consistent,
  "logs.timestamps": noTimes,
  "logs.since": noTimes,
  "logs.previous": "Nomad keeps the output of all runs of a container together, without a mark between them",
};

const fake = await FakeNomad.start();
afterAll(() => fake[Symbol.asyncDispose]());

const target: ConformanceTarget = {
  create: (context) => provider({ address: fake.address, driver: "raw_exec" })(context),
  workloads: {
    ...shellWorkloads(),
    listen: ({ port }) => ({ command: [process.execPath, "-e", `net.createServer((s) => s.pipe(s)).listen(${port})`] }),
  },
  faults: fake.faults.all,
  skips,
  timings: { stepMs: 100, startMs: 15_000, restartMs: 20_000, soonMs: 5_000, lookMs: 20 },
};

const results: TabledResult[] = [];

describe("the contract", () => {
  for (const check of conformance(target)) {
    test(`${check.name} (${check.id})`, { timeout: check.timeoutMs }, (runner) => assertKept(check, runner));
  }
});

async function assertKept(check: ConformanceCheck, runner: TestContext): Promise<void> {
  const { skipped: reason } = await check.run();
  results.push({ ...check, ...(reason === undefined ? { outcome: "passed" } : { outcome: "skipped", reason }) });
  if (reason !== undefined) runner.skip(reason);
}

test("the README says how far Nomad goes", async () => {
  const path = new URL("../README.md", import.meta.url);
  await expect(withConformanceTable(readFileSync(path, "utf8"), results)).toMatchFileSnapshot("../README.md");
});
