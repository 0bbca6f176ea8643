import { type Nomad, startNomad } from "@virtual-kubelet/nomad";
import { nomad } from "@virtual-kubelet/provider-nomad";
import {
  type ConformanceCheck,
  type ConformanceTarget,
  type Faults,
  conformance,
  shellWorkloads,
} from "@virtual-kubelet/provider-testkit";
import { type TestContext, afterAll, beforeAll, describe, inject, test } from "vitest";
import { inNomad } from "../src/nomad/nomad-node.ts";
import { skip } from "../src/suite/scenario.ts";

// The suite for providers, on a real Nomad. No cluster has a part in it.

const driver = "raw_exec";
const restartMs = 60_000;
let server: Nomad | undefined;

beforeAll(async () => {
  if (reasonNot(inject("stage")) === undefined) server = await startNomad();
});
afterAll(() => server?.[Symbol.asyncDispose]());

/** What Nomad does not give, whatever its provider does. */
const noTimes = "Nomad keeps output without times";

const target: ConformanceTarget = {
  create: (context) => nomad({ address: server?.address, driver })(context),
  workloads: shellWorkloads(),
  skips: {
    "logs.timestamps": noTimes,
    "logs.since": noTimes,
    "logs.previous": "Nomad keeps the output of all runs of a container together, without a mark between them",
  },
};

/** Felt by all that is on that server. */
const faults: Faults = {
  async hang() {
    server?.agent.pause();
    return { end: () => server?.agent.resume() };
  },
  async unreachable() {
    await server?.agent.kill();
    return { end: () => server?.agent.start() };
  },
};

const calm = conformance(target);
const needFaults = new Set(calm.flatMap(({ id, skip: why }) => (why?.includes("fault") ? [id] : [])));
describe("a Nomad that works", () => {
  for (const check of calm.filter(({ id }) => !needFaults.has(id)))
    test(`[nomad] ${check.name} (${check.id})`, { timeout: check.timeoutMs }, (context) => assertKept(check, context));
});
describe("a Nomad that hangs or is killed", { concurrent: false }, () => {
  for (const check of conformance({ ...target, faults }).filter(({ id }) => needFaults.has(id)))
    test(
      `[nomad] ${check.name} (${check.id})`,
      { timeout: check.timeoutMs + restartMs, concurrent: false },
      (context) => assertKept(check, context),
    );
});

async function assertKept(check: ConformanceCheck, context: TestContext): Promise<void> {
  const reason = reasonNot(inject("stage"));
  if (reason !== undefined) skip(context, reason);
  const { skipped } = await check.run();
  if (skipped !== undefined) skip(context, skipped);
}

function reasonNot(stage: Parameters<NonNullable<typeof inNomad.unless>>[0]): string | undefined {
  return inNomad.unless?.(stage) ?? (stage.release === undefined ? undefined : "asked beside the embedded cluster");
}
