import { describe, expect, test } from "vitest";
import type { ProcessEntry } from "../../src/supervisor/processes/process-table.ts";
import { membersOf } from "../../src/supervisor/processes/process-tree.ts";

const marker = "0123456789abcdef0123456789abcdef";

function entry(pid: number, rest: Partial<ProcessEntry> = {}): ProcessEntry {
  const times = { isZombie: false, ownTicks: 0, reapedTicks: 0 };
  return { pid, parent: 1, group: pid, session: pid, startedAt: `boot/${pid}`, markers: [], ...times, ...rest };
}

const main = { pid: 100, startedAt: "boot/100" };

describe("a process tree", () => {
  test.each([
    { it: "has its main process", processes: [entry(100), entry(101)], members: [100] },
    { it: "has its group", processes: [entry(100), entry(101, { group: 100 })], members: [100, 101] },
    { it: "has its session, its leader gone", processes: [entry(101, { session: 100 })], members: [101] },
    { it: "has what carries its marker", processes: [entry(200, { markers: ["other", marker] })], members: [200] },
    { it: "has no other's", processes: [entry(200, { markers: [marker.replace("0", "1")] })], members: [] },
    {
      it: "has the children of its children",
      processes: [entry(303, { parent: 302 }), entry(302, { parent: 100 }), entry(100)],
      members: [303, 302, 100],
    },
    {
      it: "has nobody who uses its number again",
      processes: [entry(100, { startedAt: "boot/900" }), entry(101, { group: 100 })],
      members: [],
    },
    {
      it: "has nobody of its number since the machine was started again",
      processes: [entry(101, { group: 100, session: 100, startedAt: "next/7" }), entry(102, { parent: 101 })],
      members: [],
    },
    { it: "never has this process", processes: [entry(process.pid, { markers: [marker] })], members: [] },
  ])("$it", ({ processes, members }) => {
    const found = membersOf({ marker, main }, processes).map(({ pid }) => pid);
    expect(new Set(found)).toEqual(new Set(members));
  });
});
