import assert from "node:assert/strict";
import type { CheckDefinition } from "../../check-definition.ts";
import { attach } from "../../scene/running-process.ts";
import { runOf } from "../../scene/status-facts.ts";
import { untilQuiet } from "../../scene/until-quiet.ts";
import type { OutputLine } from "../../workloads.ts";

const needs = { area: "attach", methods: ["attach"] } as const;

/** What `attach` promises. */
export const attachChecks: readonly CheckDefinition[] = [
  {
    ...needs,
    word: "output",
    name: "whoever attaches hears what the container writes from then on",
    workloads: ["print"],
    async run(scene) {
      const lines: readonly OutputLine[] = ["early", "late"].map((text) => ({ stream: "stdout", text }));
      const everyMs = 15 * scene.timings.stepMs;
      const pod = await scene.createRunning(scene.workloads.print({ lines, everyMs, afterwards: "run" }));
      await (await attach(scene, pod)).untilOutput("late");
    },
  },
  {
    ...needs,
    word: "stdin",
    name: "what is written to an attached container reaches its standard input",
    workloads: ["echo"],
    async run(scene) {
      const pod = await scene.createRunning(scene.workloads.echo());
      const process = await attach(scene, pod, { stdin: true });
      await process.write("to and fro\n");
      await process.untilOutput("to and fro");
    },
  },
  {
    ...needs,
    word: "exit-code",
    name: "wait of an attached container tells its exit code when it has ended",
    workloads: ["exit"],
    async run(scene) {
      const pod = await scene.createRunning(scene.workloads.exit({ code: 8, afterMs: 15 * scene.timings.stepMs }));
      const process = await attach(scene, pod);
      assert.deepEqual(await process.end("an attached container"), { type: "code", code: 8 });
    },
  },
  {
    ...needs,
    word: "detach",
    name: "an attach whose call aborts detaches, and the container runs on",
    workloads: ["run"],
    async run(scene) {
      const pod = await scene.createRunning(scene.workloads.run());
      const before = runOf((await scene.state(pod)).status);
      const stop = new AbortController();
      await attach(scene, pod, { signal: AbortSignal.any([stop.signal, scene.signal]) });
      stop.abort();
      await untilQuiet(scene);
      assert.equal(runOf(await scene.untilRunning(pod)), before);
    },
  },
];
