import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ProcessEntry } from "../../../src/supervisor/processes/process-table.ts";
import { CpuMeter } from "../../../src/supervisor/usage/cpu-meter.ts";
import { CpuRate } from "../../../src/supervisor/usage/cpu-rate.ts";

const tick = 10_000_000;

/** `{ 1: [0, 30, 10] }`: process 1, child of 0, has used 30 ticks, and its reaped children 10. */
type Look = Readonly<Record<number, readonly [parent: number, own: number, reaped: number]>>;

function entriesOf(look: Look): readonly ProcessEntry[] {
  return Object.entries(look).map(([pid, [parent, ownTicks, reapedTicks]]) =>
    entry(Number(pid), { parent, ownTicks, reapedTicks }),
  );
}

function entry(pid: number, rest: Partial<ProcessEntry>): ProcessEntry {
  const kept = { group: 1, session: 1, startedAt: `boot/${pid}`, isZombie: false, markers: [] };
  return { pid, parent: 0, ownTicks: 0, reapedTicks: 0, ...kept, ...rest };
}

describe("CPU time", () => {
  test("below a tick is what a finer count says, and never falls", () => {
    const meter = new CpuMeter(0);
    const counts = [400_000, 300_000, 50_000_000].map((nanoseconds) => {
      meter.lookCloser(nanoseconds);
      return meter.nanoseconds;
    });
    expect(counts).toEqual([400_000, 400_000, tick - 1]);
    meter.look(entriesOf({ 1: [0, 1, 0] }));
    expect([meter.nanoseconds, meter.isBelowTick]).toEqual([tick, false]);
  });

  test.each<{ it: string; looks: readonly Look[]; ticks: readonly number[] }>([
    { it: "is what all processes have used", looks: [{ 1: [0, 5, 2], 2: [1, 3, 0] }], ticks: [10] },
    { it: "comes once, with the parent", looks: [{ 1: [0, 5, 0], 2: [1, 30, 0] }, { 1: [0, 6, 34] }], ticks: [35, 40] },
    {
      it: "comes once through parents that are gone, too",
      looks: [{ 1: [0, 0, 0], 2: [1, 5, 0], 3: [2, 7, 0] }, { 1: [0, 0, 20] }],
      ticks: [12, 20],
    },
    {
      it: "of one whom nobody waits for stays",
      looks: [{ 1: [0, 1, 0], 2: [0, 9, 0] }, { 1: [0, 2, 0] }],
      ticks: [10, 11],
    },
    { it: "of an unseen child comes with the parent", looks: [{ 1: [0, 1, 0] }, { 1: [0, 1, 50] }], ticks: [1, 51] },
    {
      it: "comes once, also when the parent was read before its child was gone",
      looks: [{ 1: [0, 0, 0], 2: [1, 30, 0] }, { 1: [0, 0, 0] }, { 1: [0, 0, 31] }, { 1: [0, 0, 32] }],
      ticks: [30, 30, 31, 32],
    },
  ])("$it", ({ looks, ticks }) => {
    const meter = new CpuMeter(0);
    const counted = looks.map((look) => {
      meter.look(entriesOf(look));
      return meter.nanoseconds / tick;
    });
    expect(counted).toEqual(ticks);
  });

  test("of a number that is used again is another process's", () => {
    const meter = new CpuMeter(0);
    meter.look([entry(1, { ownTicks: 5 })]);
    meter.look([entry(1, { ownTicks: 3, startedAt: "boot/later" })]);
    expect(meter.nanoseconds).toBe(8 * tick);
  });

  test("begins again when it is not known what was counted before", () => {
    const meter = new CpuMeter(100);
    meter.restart([entry(1, { ownTicks: 5 })], 900);
    meter.look([entry(1, { ownTicks: 7 })]);
    expect([meter.sinceMs, meter.nanoseconds]).toEqual([900, 2 * tick]);
  });

  test("never falls, is never too much, and is exact while every process is waited for", () => {
    const step = fc.record({
      act: fc.constantFrom("burn", "fork", "exit", "wait", "look"),
      who: fc.nat(20),
      ticks: fc.nat(9),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.boolean(), (steps, mayOrphan) => {
        const machine = new Machine();
        const meter = new CpuMeter(0);
        let counted = 0;
        for (const { act, who, ticks } of [...steps, { act: "look", who: 0, ticks: 0 } as const]) {
          if (act !== "look") machine[act](who, { ticks, mayOrphan });
          else {
            meter.look([...machine.processes.values()]);
            expect(meter.nanoseconds).toBeGreaterThanOrEqual(counted);
            counted = meter.nanoseconds;
            expect(counted / tick).toBeLessThanOrEqual(machine.burnt);
          }
        }
        if (!mayOrphan) expect(counted / tick).toBe(machine.burnt);
      }),
    );
  });
});

/** A machine of processes that fork, burn, end and are waited for, as the kernel keeps their times. */
class Machine {
  readonly processes = new Map<number, ProcessEntry>([[1, entry(1, { parent: 0 })]]);
  burnt = 0;
  #lastPid = 1;

  burn(who: number, { ticks }: { ticks: number }): void {
    const { pid, ownTicks } = this.#pick(who);
    this.#change(pid, { ownTicks: ownTicks + ticks });
    this.burnt += ticks;
  }

  fork(who: number): void {
    const { pid: parent } = this.#pick(who);
    const pid = ++this.#lastPid;
    this.processes.set(pid, entry(pid, { parent }));
  }

  /** The first process stays. Children of one that ends become nobody's, and are waited for by somebody outside. */
  exit(who: number, { mayOrphan }: { mayOrphan: boolean }): void {
    const { pid } = this.#pick(who);
    const children = [...this.processes.values()].filter(({ parent }) => parent === pid);
    if (pid === 1 || (children.length > 0 && !mayOrphan)) return;
    for (const child of children) {
      if (child.isZombie) this.processes.delete(child.pid);
      else this.#change(child.pid, { parent: 0 });
    }
    if (this.processes.get(pid)?.parent === 0) this.processes.delete(pid);
    else this.#change(pid, { isZombie: true });
  }

  wait(who: number): void {
    const { pid, reapedTicks } = this.#pick(who);
    let reaped = reapedTicks;
    for (const child of this.processes.values()) {
      if (child.parent !== pid || !child.isZombie) continue;
      reaped += child.ownTicks + child.reapedTicks;
      this.processes.delete(child.pid);
    }
    this.#change(pid, { reapedTicks: reaped });
  }

  #pick(who: number): ProcessEntry {
    const alive = [...this.processes.values()].filter(({ isZombie }) => !isZombie);
    return alive[who % alive.length] as ProcessEntry;
  }

  #change(pid: number, part: Partial<ProcessEntry>): void {
    this.processes.set(pid, { ...(this.processes.get(pid) as ProcessEntry), ...part });
  }
}

test("cores in use are those between two readings, which are neither too close nor too far apart", () => {
  const rate = new CpuRate();
  expect(rate.read(0, 0)).toBeUndefined();
  expect(rate.read(3e9, 10_000)).toBe(300_000_000);
  expect(rate.read(4e9, 10_500)).toBe(300_000_000);
  expect(rate.read(3e9 + 2e9, 12_000)).toBe(1_000_000_000);
  expect(rate.read(9e9, 12_000 + 6 * 60_000)).toBeUndefined();
  expect(rate.read(9e9, 12_000 + 6 * 60_000 + 1000)).toBe(0);
});
