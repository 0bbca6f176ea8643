import { readFileSync } from "node:fs";
import type { Pod } from "@virtual-kubelet/kubernetes";
import {
  type ConformanceCheck,
  type ConformanceTarget,
  type TabledResult,
  conformance,
  withConformanceTable,
} from "@virtual-kubelet/provider-testkit";
import { type TestContext, describe, expect, test } from "vitest";
import { MockBackend, mockProvider } from "../src/index.ts";

const backends = new Map<string, MockBackend>();
const options = { capacity: { cpu: "8", memory: "32Gi", pods: "110" }, startDelayMs: 0, stopDelayMs: 0 };
const nothingRuns = "nothing runs in memory";
const nothingResolved = "nothing is started, and so nothing is resolved for it";

/** The mock keeps what a test puts in; a pod that is to end is ended from outside, as its users do it. */
const target: ConformanceTarget = {
  create({ clusterId, nodeName }) {
    const backend = backends.get(`${clusterId}/${nodeName}`) ?? new MockBackend();
    backends.set(`${clusterId}/${nodeName}`, backend);
    const provider = mockProvider(backend, options);
    return {
      ...provider,
      async createPod(pod, call) {
        const isNew = backend.get(pod.metadata.uid) === undefined;
        await provider.createPod(pod, call);
        if (isNew) endAsToldIn(pod, backend);
      },
    };
  },
  workloads: {
    run: () => ({}),
    exit: ({ code, afterMs }) => ({ command: ["exit", String(code), String(afterMs)] }),
    echo: () => ({ stdin: true }),
    listen: () => ({}),
    stop: "pods end with 0 as soon as they are deleted",
    stubborn: "pods end with 0 as soon as they are deleted",
    print: "the log of every container is one line",
    variable: nothingResolved,
    file: nothingResolved,
    commands: nothingRuns,
  },
  skips: {
    "containers.restart-always": "all containers of a pod end together, and none is started again",
    "containers.init-order": nothingRuns,
    "containers.init-failed": nothingRuns,
    "errors.config-missing": nothingResolved,
    "ports.nobody": "every port answers",
  },
  timings: { stepMs: 20, startMs: 2000, soonMs: 1000, lookMs: 5 },
};

function endAsToldIn({ metadata, spec }: Pod, backend: MockBackend): void {
  const [does, code, afterMs] = spec.containers[0]?.command ?? [];
  if (does === "exit") setTimeout(() => backend.finish(metadata.uid, Number(code)), Number(afterMs));
}

const results: TabledResult[] = [];

describe("the contract", () => {
  for (const check of conformance(target)) {
    test.concurrent(`${check.name} (${check.id})`, (runner) => assertKept(check, runner));
  }
});

async function assertKept(check: ConformanceCheck, runner: TestContext): Promise<void> {
  const { skipped: reason } = await check.run();
  results.push({ ...check, ...(reason === undefined ? { outcome: "passed" } : { outcome: "skipped", reason }) });
  if (reason !== undefined) runner.skip(reason);
}

test("the README says how far the mock goes", async () => {
  const path = new URL("../README.md", import.meta.url);
  await expect(withConformanceTable(readFileSync(path, "utf8"), results)).toMatchFileSnapshot("../README.md");
});
