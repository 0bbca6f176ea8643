import { existsSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Trial, type TrialTarget, get, logsPath, startTrial } from "@virtual-kubelet/stream-load";
import { expect } from "vitest";
import { type Measured, measured, ofText, writeLog } from "../src/kubelet-api/log-text.ts";
import { MemoryWatch } from "../src/kubelet-api/process-watch.ts";
import { scenario } from "../src/scenario.ts";
import { until } from "../src/until.ts";

const mega = 2 ** 20;
const expected =
  "A reader gets the exact bytes to the container's end, across rotations; the node's memory does not grow with them.";
const guard = {
  file: "packages/provider-process/src/logs/log-files.ts",
  from: "      if (isSetAside && (await this.#advance())) at = 0;",
  to: "      if (isSetAside && (await this.#advance())) at += 0;",
};

/** Where a run keeps its older output. */
function olderLog({ stateDirectory }: Trial, { uid, container }: TrialTarget): string {
  return join(stateDirectory, "pods", uid, container, "0", "log.1");
}

async function readLog({ node }: Trial, target: TrialTarget, query: string): Promise<Measured> {
  return measured(await get(node, logsPath(node, target, query)));
}

/** A log that is there already, and one who follows it to the end of its container. */
async function followLargeLog(trial: Trial, megabytes: number): Promise<string> {
  const gate = join(dirname(trial.stateDirectory), "end");
  const target = await trial.runPod("large", { command: ["sh", "-c", `until [ -e ${gate} ]; do sleep 0.05; done`] });
  const { whole, beginning } = await writeLog(olderLog(trial, target), megabytes);
  // What a node takes for its first readers is no fault.
  await readLog(trial, target, "tailLines=100000");
  using memory = new MemoryWatch(trial.process.pid);
  const startedAt = performance.now();
  const following = readLog(trial, target, "follow=true");
  const limited = await readLog(trial, target, `tailLines=${2 ** 31}&limitBytes=654321`);
  expect(limited).toEqual(ofText(beginning.subarray(0, 654_321)));
  writeFileSync(gate, "");
  expect(await following).toEqual(whole);
  const seconds = (performance.now() - startedAt) / 1000;
  expect(memory.grownMegabytes).toBeLessThan(96);
  return `${megabytes} MB in ${seconds.toFixed(1)} s, + ${memory.grownMegabytes} MB`;
}

/** Every byte that there is, and a line of 16 MB, at a pace at which a reader keeps up with the rotations. */
const pattern = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
const text = Buffer.concat([Buffer.alloc(25 * mega, pattern), Buffer.alloc(16 * mega, "x"), Buffer.from("\n")]);
const paced = (gate: string): string => `
  const { existsSync } = require("node:fs");
  const pattern = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
  const [all, line] = [Buffer.alloc(${mega}, pattern), Buffer.alloc(${mega}, "x")];
  const pieces = [...Array(25).fill(all), ...Array(16).fill(line), "\\n"];
  const say = () => {
    if (!existsSync("${gate}")) setTimeout(say, 50);
    else if (pieces.length > 0) process.stdout.write(pieces.shift(), () => setTimeout(say, 50));
  };
  say();`;

async function followRotations(trial: Trial): Promise<string> {
  const gate = join(dirname(trial.stateDirectory), "begin");
  const target = await trial.runPod("paced", { command: [process.execPath, "-e", paced(gate)] });
  using memory = new MemoryWatch(trial.process.pid);
  const startedAt = performance.now();
  const following = await get(trial.node, logsPath(trial.node, target, "follow=true"));
  writeFileSync(gate, "");
  expect(await measured(following)).toEqual(ofText(text));
  const seconds = (performance.now() - startedAt) / 1000;
  expect(existsSync(olderLog(trial, target))).toBe(true);
  // It has been started again by now, or will be: what its last run has said is still there.
  rmSync(gate);
  const previous = await until(() => readLog(trial, target, "previous=true&tailLines=1").catch(() => undefined), {
    what: "the container to be started again",
    timeoutMs: 30_000,
  });
  expect(previous.bytes).toBeGreaterThan(mega);
  expect(memory.grownMegabytes).toBeLessThan(64);
  return `${text.length} bytes over rotations in ${seconds.toFixed(1)} s, + ${memory.grownMegabytes} MB`;
}

scenario(
  "53 readers of logs that are large, rotate, or are no text",
  { expected, guard, timeoutMs: 240_000 },
  async ({ saw }) => {
    await using trial = await startTrial();
    saw([await followLargeLog(trial, 512), await followRotations(trial)].join("; "));
  },
);

const { bavail, bsize } = statfsSync(tmpdir());

scenario(
  "53b a follower of a log of 10 GB",
  {
    expected,
    guard: {
      file: "packages/kubelet-api/src/streaming/byte-sink.ts",
      from: "      return sink.write(bytes) ? Promise.resolve() : drained(sink);",
      to: "      return sink.write(bytes) ? Promise.resolve() : Promise.resolve();",
    },
    isSlow: true,
    lacking: bavail * bsize < 15e9 ? "takes 15 GB of disk" : undefined,
    timeoutMs: 900_000,
  },
  async ({ saw }) => {
    await using trial = await startTrial();
    saw(await followLargeLog(trial, 10_240));
  },
);
