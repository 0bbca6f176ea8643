import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, rmdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readControlGroup } from "../../src/stats/control-group.ts";

/** A folder with these files, as the root of a system. */
class Root implements Disposable {
  readonly path: string = mkdtempSync(join(tmpdir(), "vk-control-group-"));

  constructor(files: Readonly<Record<string, string>>) {
    for (const [name, text] of Object.entries(files)) {
      const file = join(this.path, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}

test.each([
  [
    "version 2",
    {
      "proc/self/cgroup": "0::/system.slice/node.service\n",
      "sys/fs/cgroup/system.slice/node.service/memory.current": "5000\n",
      "sys/fs/cgroup/system.slice/node.service/memory.stat": "anon 3000\nfile 1900\ninactive_file 1500\n",
      "sys/fs/cgroup/system.slice/node.service/cpu.stat": "usage_usec 7000\nuser_usec 5000\nsystem_usec 2000\n",
    },
  ],
  [
    "version 1, with the groups in it, beside a version 2 that has no memory,",
    {
      "proc/self/cgroup": "9:name=systemd:/\n4:memory:/node\n2:cpu,cpuacct:/other\n0::/\n",
      "sys/fs/cgroup/memory/node/memory.usage_in_bytes": "5000\n",
      "sys/fs/cgroup/memory/node/memory.stat": "rss 1\ninactive_file 1\ntotal_rss 3000\ntotal_inactive_file 1500\n",
      "sys/fs/cgroup/cpuacct/other/cpuacct.usage": "7000000\n",
    },
  ],
])("%s is read, files that were not used lately being no part of the working set", async (_, files) => {
  using root = new Root(files);
  expect(await readControlGroup(root.path)).toEqual({
    usageBytes: 5000,
    workingSetBytes: 3500,
    rssBytes: 3000,
    cpuNanoseconds: 7_000_000,
  });
});

test("in a container what is mounted is its own group, whatever the host calls it", async () => {
  using root = new Root({
    "proc/self/cgroup": "4:memory:/docker/0123\n",
    "sys/fs/cgroup/memory/memory.usage_in_bytes": "5000\n",
    "sys/fs/cgroup/memory/memory.stat": "total_rss 3000\n",
  });
  expect(await readControlGroup(root.path)).toEqual({ usageBytes: 5000, workingSetBytes: 5000, rssBytes: 3000 });
});

test("there is none where nothing is mounted, or the system knows of none", async () => {
  using unmounted = new Root({ "proc/self/cgroup": "0::/\n" });
  using other = new Root({});
  expect(await readControlGroup(unmounted.path)).toBeUndefined();
  expect(await readControlGroup(other.path)).toBeUndefined();
});

const limit = 700 * 1024 * 1024;
const group = ownGroup();

/** A control group with a limit, to be used by its `cgroup.procs`; `undefined` where we may make none. */
function ownGroup(): string | undefined {
  for (const [mount, file] of [
    ["/sys/fs/cgroup/memory", "memory.limit_in_bytes"],
    ["/sys/fs/cgroup", "memory.max"],
  ] as const) {
    const folder = join(mount, `vk-test-${process.pid}`);
    try {
      mkdirSync(folder);
    } catch {
      continue;
    }
    try {
      writeFileSync(join(folder, file), String(limit));
      return folder;
    } catch {
      rmdirSync(folder);
    }
  }
  return undefined;
}

test.skipIf(group === undefined)(
  "the limit and the use of a real one are true (skipped where this user may make no control group with a limit)",
  ({ onTestFinished }) => {
    onTestFinished(() => rmdirSync(group ?? ""));
    const source = fileURLToPath(new URL("../../src/stats/control-group.ts", import.meta.url));
    const program = `
      const { memoryLimit, readControlGroup } = await import(${JSON.stringify(source)});
      const before = await readControlGroup();
      const held = Buffer.alloc(100 * 2 ** 20, 1);
      const after = await readControlGroup();
      console.log(JSON.stringify({ limit: memoryLimit(), more: after.workingSetBytes - before.workingSetBytes, after, held: held.length }));`;
    const script = `echo $$ > '${group}/cgroup.procs'; exec '${process.execPath}' --input-type=module -e '${program}'`;
    const said = JSON.parse(execFileSync("sh", ["-c", script], { encoding: "utf8" })) as {
      readonly limit: number;
      readonly more: number;
      readonly after: Awaited<ReturnType<typeof readControlGroup>>;
    };
    expect(said.limit / limit).toBeCloseTo(1, 3);
    expect(said.more / (100 * 2 ** 20)).toBeCloseTo(1, 1);
    expect(said.after?.rssBytes).toBeGreaterThan(100 * 2 ** 20);
    expect(said.after?.cpuNanoseconds ?? 1).toBeGreaterThan(0);
  },
);
