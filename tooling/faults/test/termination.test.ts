import { expect } from "vitest";
import { RealAgent } from "../src/agent/real-agent.ts";
import { isFor } from "../src/api/api-request.ts";
import { Bench } from "../src/bench.ts";
import { scenario } from "../src/scenario.ts";

/** How long the agent may take to stop; then it ends itself. */
const stopLimitMs = 10_000;

scenario(
  "34 the agent is asked to end while a status is on its way",
  {
    expected:
      "It begins nothing new, writes what the cluster does not show yet, and exits with 0 in time; pods run on.",
    guard: {
      file: "packages/controllers/src/pods/status/pod-status-reporter.ts",
      from: "      this.#serially(record.ref.uid, () => this.#write(record, call)),",
      to: "      Promise.resolve(record),",
    },
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    const proxy = await it.startProxy();
    const agent = RealAgent.start(it, proxy.connection);
    for (const name of ["web", "batch"]) await it.createPod(name);
    await it.untilPhase("web", "Running", 90_000);
    const { metadata } = await it.untilPhase("batch", "Running");
    const held = proxy.hold(isFor("pods/status", "PATCH", "batch"), "request");
    await it.backend.tamper(metadata.uid, "finish", 4);
    await held;
    const startedAt = performance.now();
    const stopped = agent.stop();
    expect(await stopped).toBe(0);
    const tookMs = performance.now() - startedAt;
    expect(tookMs).toBeLessThan(stopLimitMs);
    const { status } = await it.untilPhase("batch", "Failed", 0);
    expect(status?.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(4);
    await it.createPod("late");
    expect(it.backend.count("created")).toBe(2);
    expect([...it.backend.live]).toEqual([(await it.pod("web"))?.metadata.uid]);
    saw(`exit code 0 after ${(tookMs / 1000).toFixed(1)} s; the last status is written, the other pod runs on`);
  },
);
