import assert from "node:assert/strict";
import type { CheckDefinition } from "../check-definition.ts";
import { logText, untilLogged } from "../scene/log-text.ts";
import { containerOf, exitCodeOf, hasEnded, requireExitCode, timeOf } from "../scene/status-facts.ts";
import { untilQuiet } from "../scene/until-quiet.ts";

/** How a pod's containers are started, in which order, with what, and when again. */
export const containerChecks: readonly CheckDefinition[] = [
  {
    area: "containers",
    word: "restart-always",
    name: "a container that ends is started again by restartPolicy Always, and counted",
    workloads: ["exit"],
    async run(scene) {
      const ending = scene.workloads.exit({ code: 1, afterMs: 0 });
      const pod = await scene.create(scene.pod(ending, { restartPolicy: "Always" }));
      const waiting = { what: "the second start of the container", limitMs: scene.timings.restartMs };
      await scene.untilStatus(pod, (status) => (containerOf(status)?.restartCount ?? 0) > 0, waiting);
    },
  },
  {
    area: "containers",
    word: "no-restart-on-success",
    name: "a container that ends with 0 is not started again by restartPolicy OnFailure",
    workloads: ["exit"],
    async run(scene) {
      const ending = scene.workloads.exit({ code: 0, afterMs: 0 });
      const pod = await scene.create(scene.pod(ending, { restartPolicy: "OnFailure" }));
      await scene.untilStatus(
        pod,
        (status) => (exitCodeOf(status) ?? lastCode(status)) === 0,
        "the end of the container",
      );
      await untilQuiet(scene);
      const { status } = await scene.state(pod);
      assert.deepEqual(
        { phase: status?.phase, restartCount: containerOf(status)?.restartCount },
        { phase: "Succeeded", restartCount: 0 },
      );
    },
  },
  {
    area: "containers",
    word: "init-order",
    name: "init containers run one after another, and the others when all of them have ended",
    workloads: ["run", "exit"],
    async run(scene) {
      const { run, exit } = scene.workloads;
      const step = exit({ code: 0, afterMs: scene.timings.stepMs });
      const pod = await scene.createRunning(run(), { init: { first: step, second: step } });
      const { status } = await scene.state(pod);
      const [first, second] = ["first", "second"].map((name) => containerOf(status, name)?.state?.terminated);
      const firstEnd = timeOf(first?.finishedAt, "The end of the first init container");
      const secondEnd = timeOf(second?.finishedAt, "The end of the second init container");
      const start = timeOf(containerOf(status)?.state?.running?.startedAt, "The start of the container");
      assert.ok(
        firstEnd <= timeOf(second?.startedAt, "The second's start"),
        "the second started before the first's end",
      );
      assert.ok(secondEnd <= start, "the container started before the end of the second init container");
    },
  },
  {
    area: "containers",
    word: "init-failed",
    name: "a pod whose init container fails under restartPolicy Never is Failed, and no other container is started",
    workloads: ["run", "exit"],
    async run(scene) {
      const { run, exit } = scene.workloads;
      const init = { first: exit({ code: 5, afterMs: 0 }) };
      const pod = await scene.create(scene.pod(run(), { init }));
      const status = await scene.untilStatus(
        pod,
        (seen) => hasEnded(seen) || containerOf(seen)?.state?.running !== undefined,
        "the end of the pod",
      );
      assert.equal(status.phase, "Failed");
      requireExitCode(status, 5, "first");
      assert.equal(containerOf(status)?.state?.running, undefined);
    },
  },
  {
    area: "containers",
    word: "environment",
    name: "the variables that the context gives reach the container exactly, byte by byte",
    workloads: ["variable"],
    methods: ["getContainerLogs"],
    async run(scene) {
      const value = `a $HOME \${HOME} $(HOME) %n \\t "quoted" 'single' \`tick\` {{ .x }}\n  second line: ä€`;
      scene.objects.lendVariables([{ name: "VK_ODD", value, sensitive: false }]);
      const pod = await scene.createRunning(scene.workloads.variable({ name: "VK_ODD" }));
      await untilLogged(scene, pod, 2);
      assert.equal(await logText(scene, pod), `${value}\n`);
    },
  },
  {
    area: "containers",
    word: "volume",
    name: "the files that the context gives for a volume are where the container mounts it, byte by byte",
    workloads: ["file"],
    methods: ["getContainerLogs"],
    async run(scene) {
      const content = `first $HOME {{ .x }} "quoted"\n  second: ä€\n`;
      scene.objects.lendFile(content);
      const mountPath = "/conformance";
      const workload = {
        ...scene.workloads.file({ path: `${mountPath}/text` }),
        volumeMounts: [{ name: "config", mountPath }],
      };
      const pod = await scene.createRunning(workload, { volumes: [{ name: "config", configMap: { name: "config" } }] });
      await untilLogged(scene, pod, 2);
      assert.equal(await logText(scene, pod), content);
    },
  },
  {
    area: "containers",
    word: "secret",
    name: "the value of a sensitive variable stands nowhere in the pod's state",
    workloads: ["run"],
    async run(scene) {
      const value = `secret-${scene.owner.clusterId}-word`;
      scene.objects.lendVariables([{ name: "VK_SECRET", value, sensitive: true }]);
      const pod = await scene.createRunning(scene.workloads.run());
      const text = JSON.stringify([await scene.state(pod), scene.objects.events]);
      const isTold = [value, Buffer.from(value).toString("base64")].some((form) => text.includes(form));
      assert.ok(!isTold, "the value is in the state, or in an event");
    },
  },
];

function lastCode(status: Parameters<typeof containerOf>[0]): number | undefined {
  return containerOf(status)?.lastState?.terminated?.exitCode;
}
