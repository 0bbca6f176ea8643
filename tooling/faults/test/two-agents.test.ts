import { expect } from "vitest";
import { RealAgent } from "../src/agent/real-agent.ts";
import type { ApiProxy } from "../src/api/api-proxy.ts";
import { isFor } from "../src/api/api-request.ts";
import { Bench } from "../src/bench.ts";
import { scenario } from "../src/scenario.ts";
import { until } from "../src/until.ts";

/** Shorter than an agent's own, and long enough for one that shares its host with many. */
const durationMs = 6_000;
const times = [
  ["--leader-elect-lease-duration", "6s"],
  ["--leader-elect-renew-deadline", "4s"],
  ["--leader-elect-retry-period", "300ms"],
].flat();

const acts = /this agent acts for the node/;
const waits = /another agent acts for the node/;

interface Pair {
  readonly first: RealAgent;
  readonly second: RealAgent;
  /** Between the first one and the API server. */
  readonly proxy: ApiProxy;
}

/** Two agents of the bench's node, of which the first acts and the second waits. */
async function startPair(it: Bench, lease: string): Promise<Pair> {
  const flags = ["--leader-elect", "--leader-elect-lease", lease, ...times];
  const [proxy, other] = [await it.startProxy(), await it.startProxy()];
  const first = RealAgent.start(it, { server: proxy.connection.server, flags });
  await first.untilSays(acts);
  const second = RealAgent.start(it, { server: other.connection.server, flags });
  await second.untilSays(waits);
  return { first, second, proxy };
}

/** Both have done what they had to do once, and nothing else. */
async function expectOneLifeEach(it: Bench): Promise<void> {
  await it.untilTrue();
  expect(it.backend.doubled).toEqual([]);
  expect(it.backend.count("repeated")).toBe(0);
  for (const { status } of await it.pods())
    expect(status?.containerStatuses?.map(({ restartCount }) => restartCount)).toEqual([0]);
}

for (const lease of ["own", "node"]) {
  scenario(
    `21 two agents for one node, by a lease that is ${lease === "own" ? "their own" : "the node's"}`,
    {
      expected: "One acts and the other waits, until the first is killed; then it takes over, and pods run on.",
      guard: {
        file: "packages/controllers/src/leadership/lease-record.ts",
        from: "  return Math.max(0, sinceMs + claim.durationMs - nowMs);",
        to: "  return 0;",
      },
      timeoutMs: 240_000,
    },
    async ({ saw }) => {
      await using it = await Bench.open();
      const { first, second } = await startPair(it, lease);
      await it.createPod("web");
      await it.untilPhase("web", "Running");
      expect(second.output).not.toMatch(acts);
      const killedAtMs = performance.now();
      await first.kill();
      await second.untilSays(acts);
      const tookMs = performance.now() - killedAtMs;
      // The node's turn comes with the end of the lease; the rest is for a machine under load.
      expect(tookMs).toBeLessThan(durationMs + 15_000);
      await it.createPod("next");
      await it.untilPhase("next", "Running");
      await expectOneLifeEach(it);
      expect(it.backend.count("stopped")).toBe(0);
      saw(`taken over after ${(tookMs / 1_000).toFixed(1)} s of a lease of ${durationMs / 1_000} s; each started once`);
    },
  );

  scenario(
    `25 the agent that acts is stopped in its tracks, by a lease that is ${lease === "own" ? "its own" : "the node's"}`,
    {
      expected: "Another one takes over; when the first wakes up it does nothing of what it knows, and waits its turn.",
      guard: {
        file: "packages/controllers/src/leadership/term.ts",
        from: '    if (!this.signal.aborted && this.remainingMs === 0) this.end("it could not renew its lease in time");\n',
        to: "",
      },
      timeoutMs: 240_000,
    },
    async ({ saw }) => {
      await using it = await Bench.open();
      const { first, second, proxy } = await startPair(it, lease);
      await it.createPod("before");
      await it.untilPhase("before", "Running");
      first.pause();
      // It will hear of the first pod that comes now, and not that this one has come and gone; nor of its lease.
      proxy.judge = (request) => (isFor("leases", "PATCH")(request) ? "hang" : undefined);
      proxy.rewrite = onlyTheBeginningOf("short");
      for (const name of ["short", "young"]) await it.createPod(name);
      await second.untilSays(acts);
      for (const name of ["short", "young"]) await it.untilPhase(name, "Running");
      await it.deletePod("short");
      await it.untilGone("short");
      const wokenAtMs = performance.now();
      first.resume();
      await until(() => proxy.count(() => true, wokenAtMs) > 0, { what: "the first agent to be awake" });
      await until(() => performance.now() - wokenAtMs > 3_000, { what: "time in which it could act" });
      expect(it.backend.count("created", "short")).toBe(1);
      await first.untilSays(waits);
      await it.createPod("after");
      await it.untilPhase("after", "Running");
      await expectOneLifeEach(it);
      expect(it.backend.log.filter(({ event }) => event === "stopped").map(({ name }) => name)).toEqual(["short"]);
      expect(first.hasEnded).toBe(false);
      const asked = proxy.count(({ method }) => method !== "GET", wokenAtMs);
      saw(`awake again it wrote ${asked} times, and started and stopped nothing`);
    },
  );
}

function onlyTheBeginningOf(name: string): ApiProxy["rewrite"] {
  let hasBegun = false;
  return (line) => {
    if (!line.includes(`"name":"${name}"`)) return [`${line}\n`];
    const isToTell = !hasBegun;
    hasBegun = true;
    return isToTell ? [`${line}\n`] : [];
  };
}
