import { type ConformanceTarget, conformance, shellWorkloads } from "@virtual-kubelet/provider-testkit";
import { describe, test } from "vitest";
import { provider } from "../src/index.ts";
import { FakeNomad } from "./fake-nomad.ts";

const noTimes = "Nomad keeps output without times";

/** What Nomad does not give, whatever the provider does. */
const skips: ConformanceTarget["skips"] = {
  "logs.timestamps": noTimes,
  "logs.since": noTimes,
  "logs.previous": "Nomad keeps the output of all runs of a container together, without a mark between them",
};

const fake = await FakeNomad.start();
const targets: Readonly<Record<string, ConformanceTarget>> = {
  "the fake": {
    create: (context) => provider({ address: fake.address, driver: "raw_exec" })(context),
    workloads: shellWorkloads(),
    faults: fake.faults.all,
    skips,
    timings: { stepMs: 100, startMs: 15_000, restartMs: 20_000, soonMs: 5_000, lookMs: 20 },
  },
};

for (const [name, target] of Object.entries(targets)) {
  describe(`the contract, on ${name}`, () => {
    for (const check of conformance(target)) {
      test(`${check.name} (${check.id})`, { timeout: check.timeoutMs }, async (runner) => {
        const { skipped } = await check.run();
        if (skipped !== undefined) runner.skip(skipped);
      });
    }
  });
}
