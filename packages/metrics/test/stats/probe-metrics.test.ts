import { expect, test } from "vitest";
import { probeMetrics } from "../../src/index.ts";
import { parsed } from "../parsed.ts";

test("/metrics/probes has kubelet's family, and nothing in it while nothing probes", () => {
  expect(parsed(probeMetrics())).toEqual([
    {
      name: "prober_probe_total",
      type: "counter",
      help: "[BETA] Cumulative number of a liveness, readiness or startup probe for a container by result.",
      samples: [],
    },
  ]);
});
