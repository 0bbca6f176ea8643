import { expect, vi } from "vitest";
import { resources } from "@virtual-kubelet/kubernetes";
import { Bench, nodeName } from "../src/bench.ts";
import { scenario } from "../src/scenario.ts";
import { until } from "../src/until.ts";

// In a file of its own: the clock is that of the whole process.
const hourMs = 3_600_000;

/** Sets what the host calls the time; timers go on by their own clock. */
class HostClock implements Disposable {
  #offsetMs = 0;
  readonly #now = Date.now.bind(Date);

  constructor() {
    vi.useFakeTimers({ toFake: ["Date"], now: this.#now() });
  }

  /** From now on and until it is set again it stands `offsetMs` from what it should be. */
  set(offsetMs: number): void {
    this.#offsetMs = offsetMs;
    this.tick();
  }

  tick(): void {
    vi.setSystemTime(performance.timeOrigin + performance.now() + this.#offsetMs);
  }

  [Symbol.dispose](): void {
    vi.useRealTimers();
  }
}

scenario(
  "24 somebody sets the clock of the host, an hour on and two back",
  {
    expected: "The lease is renewed every ten seconds all the same, each time with a later time; pods start and end.",
    isSlow: true,
    timeoutMs: 120_000,
    guard: {
      file: "packages/controllers/src/node/node-lease.ts",
      from: "    this.#last = { timeMs: Math.max(Date.now(), timeMs + (atMs - lastAtMs)), atMs };",
      to: "    this.#last = { timeMs: Date.now() + 0 * (timeMs + lastAtMs), atMs };",
    },
  },
  async ({ saw }) => {
    using clock = new HostClock();
    await using it = await Bench.open();
    const warnings: string[] = [];
    const onWarning = ({ name }: Error) => void warnings.push(name);
    process.on("warning", onWarning);
    await it.startNode();
    const renewTime = async () => {
      clock.tick();
      const name = { namespace: "kube-node-lease", name: nodeName };
      return (await it.client.get(resources.leases, name).catch(() => undefined))?.spec?.renewTime;
    };
    const renewals = [await until(renewTime, { what: "the lease" })];
    for (const [index, offsetMs] of [hourMs, -hourMs, 0].entries()) {
      clock.set(offsetMs);
      await it.createPod(`pod-${index}`);
      await it.untilPhase(`pod-${index}`, "Running");
      await it.deletePod(`pod-${index}`, { gracePeriodSeconds: 1 });
      await it.untilGone(`pod-${index}`);
      const last = renewals.at(-1);
      const next = async () => {
        const time = await renewTime();
        return time === last ? undefined : time;
      };
      renewals.push(await until(next, { what: "a renewal", timeoutMs: 15_000 }));
    }
    process.off("warning", onWarning);
    expect(renewals).toEqual(renewals.toSorted());
    expect(warnings.filter((name) => name.startsWith("Timeout"))).toEqual([]);
    saw(`${renewals.length} renewals, each later than the one before, none more than 15 s after the last`);
  },
);
