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
import { StateDirectory } from "./process-node.ts";

const state = new StateDirectory();
afterAll(() => state[Symbol.asyncDispose]());

const target: ConformanceTarget = {
  create: provider({ directory: state.path, address: "127.0.0.1", supervisorIdleMs: 10_000 }),
  workloads: shellWorkloads(),
};

const results: TabledResult[] = [];

describe("the contract", () => {
  for (const check of conformance(target)) {
    test.concurrent(`${check.name} (${check.id})`, { timeout: check.timeoutMs }, (runner) => assertKept(check, runner));
  }
});

async function assertKept(check: ConformanceCheck, runner: TestContext): Promise<void> {
  const { skipped: reason } = await check.run();
  results.push({ ...check, ...(reason === undefined ? { outcome: "passed" } : { outcome: "skipped", reason }) });
  if (reason !== undefined) runner.skip(reason);
}

// Other systems have no stats.
test.runIf(process.platform === "linux")("the README says how far the provider goes", async () => {
  const path = new URL("../README.md", import.meta.url);
  await expect(withConformanceTable(readFileSync(path, "utf8"), results)).toMatchFileSnapshot("../README.md");
});
