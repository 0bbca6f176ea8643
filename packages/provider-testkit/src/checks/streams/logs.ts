import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { Pod } from "@virtual-kubelet/kubernetes";
import { isProviderError } from "@virtual-kubelet/provider";
import type { CheckDefinition } from "../../check-definition.ts";
import { logText, openLog, untilLogged } from "../../scene/log-text.ts";
import type { Scene } from "../../scene/scene.ts";
import { containerOf } from "../../scene/status-facts.ts";
import { within } from "../../scene/within.ts";
import type { OutputLine } from "../../workloads.ts";

const three: readonly OutputLine[] = ["first", "second", "third"].map((text) => ({ stream: "stdout", text }));
const needs = { area: "logs", methods: ["getContainerLogs"], workloads: ["print"] } as const;

/** What `getContainerLogs` promises: the whole `LogCall`. */
export const logChecks: readonly CheckDefinition[] = [
  {
    ...needs,
    word: "ended",
    name: "a container that has ended answers with all that it wrote",
    async run(scene) {
      const pod = await scene.createEnded(scene.workloads.print({ lines: three, everyMs: 0, afterwards: 0 }));
      assert.equal(await logText(scene, pod), "first\nsecond\nthird\n");
    },
  },
  {
    ...needs,
    word: "follow",
    name: "a log that is followed gives what comes, and ends when the container does",
    async run(scene) {
      const { stepMs } = scene.timings;
      const pod = await scene.createRunning(
        scene.workloads.print({ lines: three, everyMs: 5 * stepMs, afterwards: 0 }),
      );
      assert.equal(await logText(scene, pod, { follow: true }), "first\nsecond\nthird\n");
    },
  },
  {
    ...needs,
    word: "follow-abort",
    name: "a log that is followed ends soon when the call aborts",
    async run(scene) {
      const pod = await printed(scene);
      const stop = new AbortController();
      const signal = AbortSignal.any([stop.signal, scene.signal]);
      const reading = await openLog(scene, pod, { follow: true, signal });
      stop.abort();
      const settled = reading.ended.catch(() => undefined);
      await within(settled, scene.timings.soonMs, "The log after its call's abort");
    },
  },
  {
    ...needs,
    word: "tail",
    name: "tailLines gives so many of the last lines",
    async run(scene) {
      assert.equal(await logText(scene, await printed(scene), { tailLines: 2 }), "second\nthird\n");
    },
  },
  {
    ...needs,
    word: "tail-zero",
    name: "tailLines of 0 gives nothing",
    async run(scene) {
      assert.equal(await logText(scene, await printed(scene), { tailLines: 0 }), "");
    },
  },
  {
    ...needs,
    word: "limit-bytes",
    name: "limitBytes gives so many bytes, from the first",
    async run(scene) {
      assert.equal(await logText(scene, await printed(scene), { limitBytes: 8 }), "first\nse");
    },
  },
  {
    ...needs,
    word: "timestamps",
    name: "timestamps begin each line, RFC 3339 with nanoseconds and a space",
    async run(scene) {
      const text = await logText(scene, await printed(scene), { timestamps: true });
      const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}(Z|[+-]\d\d:\d\d) `;
      assert.match(text, new RegExp(`^${time}first\n${time}second\n${time}third\n$`));
    },
  },
  {
    ...needs,
    word: "since",
    name: "since leaves out the lines that are older",
    async run(scene) {
      const pod = await printed(scene, { everyMs: 3 * scene.timings.stepMs });
      const [, , last = ""] = (await logText(scene, pod, { timestamps: true })).split("\n");
      const since = new Date(Date.parse(last.split(" ")[0] ?? "") - scene.timings.stepMs);
      assert.equal(await logText(scene, pod, { since }), "third\n");
    },
  },
  {
    ...needs,
    word: "stream",
    name: "stream gives only what the container wrote there",
    async run(scene) {
      const lines: readonly OutputLine[] = [
        { stream: "stdout", text: "good" },
        { stream: "stderr", text: "bad" },
      ];
      const pod = await printed(scene, { lines });
      assert.equal(await logText(scene, pod, { stream: "stdout" }), "good\n");
      assert.equal(await logText(scene, pod, { stream: "stderr" }), "bad\n");
    },
  },
  {
    ...needs,
    word: "previous",
    name: "previous gives the output of the run before",
    async run(scene) {
      const lines = [{ stream: "stdout", text: "spoken" }] as const;
      const ending = scene.workloads.print({ lines, everyMs: 0, afterwards: 1 });
      const pod = await scene.create(scene.pod(ending, { restartPolicy: "Always" }));
      const waiting = { what: "the second start of the container", limitMs: scene.timings.restartMs };
      await scene.untilStatus(pod, (status) => (containerOf(status)?.restartCount ?? 0) > 0, waiting);
      assert.equal(await logText(scene, pod, { previous: true }), "spoken\n");
    },
  },
  {
    ...needs,
    word: "no-previous",
    name: "previous of a container that has run once is NotFound",
    async run(scene) {
      const pod = await printed(scene);
      const isNotFound = (error: unknown): boolean => isProviderError(error, "NotFound");
      await assert.rejects(logText(scene, pod, { previous: true }), isNotFound);
    },
  },
  {
    area: "logs",
    word: "unknown",
    name: "the log of a pod that is not there is a ProviderError, and not an empty log",
    methods: ["getContainerLogs"],
    workloads: ["run"],
    async run(scene) {
      const pod = scene.pod(scene.workloads.run());
      const nobody = { ...pod, metadata: { ...pod.metadata, uid: randomUUID() } };
      await assert.rejects(logText(scene, nobody), (error) => isProviderError(error));
    },
  },
];

/** A pod that has printed lines and runs on. */
async function printed(
  scene: Scene,
  { lines = three, everyMs = 0 }: { readonly lines?: readonly OutputLine[]; readonly everyMs?: number } = {},
): Promise<Pod> {
  const pod = await scene.createRunning(scene.workloads.print({ lines, everyMs, afterwards: "run" }));
  await untilLogged(scene, pod, lines.length);
  return pod;
}
