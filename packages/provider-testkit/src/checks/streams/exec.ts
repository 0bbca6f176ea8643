import assert from "node:assert/strict";
import { isProviderError } from "@virtual-kubelet/provider";
import type { CheckDefinition } from "../../check-definition.ts";
import { exec } from "../../scene/running-process.ts";
import { within } from "../../scene/within.ts";

const needs = { area: "exec", methods: ["exec"], workloads: ["run"], commands: true } as const;

/** What `exec` promises. */
export const execChecks: readonly CheckDefinition[] = [
  {
    ...needs,
    word: "exit-code",
    name: "the exit code of a command is told as it is",
    async run(scene) {
      const pod = await scene.createRunning(scene.workloads.run());
      const command = await exec(scene, pod, { command: scene.commands.exit(3) });
      assert.deepEqual(await command.end("a command that ends with 3"), { type: "code", code: 3 });
    },
  },
  {
    ...needs,
    word: "streams-apart",
    name: "what a command writes to its standard error comes apart from its standard output, and all of it",
    async run(scene) {
      const pod = await scene.createRunning(scene.workloads.run());
      const command = await exec(scene, pod, { command: scene.commands.print({ stdout: "good", stderr: "bad" }) });
      await command.end("a command that prints");
      assert.deepEqual([command.stdout.text, command.stderr?.text], ["good", "bad"]);
    },
  },
  {
    ...needs,
    word: "arguments",
    name: "a command's arguments reach it as they are, and through no shell",
    async run(scene) {
      const odd = `a  b $HOME \`tick\` "quoted" 'single' ; exit \\ * \${X} %s`;
      const pod = await scene.createRunning(scene.workloads.run());
      const command = await exec(scene, pod, { command: scene.commands.print({ stdout: odd, stderr: "" }) });
      await command.end("a command that prints");
      assert.equal(command.stdout.text, odd);
    },
  },
  {
    ...needs,
    word: "stdin",
    name: "what is written to a command's standard input reaches it, and the end of it too",
    async run(scene) {
      const pod = await scene.createRunning(scene.workloads.run());
      const command = await exec(scene, pod, { command: scene.commands.echo(), stdin: true });
      await command.write("to and fro\n", { end: true });
      const exit = await command.end("a command whose input has ended");
      assert.deepEqual([exit, command.stdout.text], [{ type: "code", code: 0 }, "to and fro\n"]);
    },
  },
  {
    ...needs,
    word: "no-stdin",
    name: "a command whose standard input was not asked for has none: it is at its end from the start",
    async run(scene) {
      const pod = await scene.createRunning(scene.workloads.run());
      const command = await exec(scene, pod, { command: scene.commands.echo() });
      assert.equal(command.process.stdin, undefined);
      assert.deepEqual(await command.end("a command without input"), { type: "code", code: 0 });
    },
  },
  {
    ...needs,
    word: "terminal",
    name: "under a terminal both outputs are one",
    async run(scene) {
      const pod = await scene.createRunning(scene.workloads.run());
      const both = scene.commands.print({ stdout: "good", stderr: "bad" });
      const command = await exec(scene, pod, { command: both, tty: true });
      await command.end("a command in a terminal");
      assert.equal(command.stderr, undefined, "it has a standard error of its own");
      assert.match(command.stdout.text, /goodbad|badgood/);
    },
  },
  {
    ...needs,
    word: "abort",
    name: "an exec whose call aborts is killed, and the container runs on",
    async run(scene) {
      const pod = await scene.createRunning(scene.workloads.run());
      const stop = new AbortController();
      const signal = AbortSignal.any([stop.signal, scene.signal]);
      const command = await exec(scene, pod, { command: scene.commands.stay(), signal });
      await command.untilOutput("\n");
      const word = command.stdout.text.trim();
      stop.abort();
      await within(
        command.exit.catch(() => undefined),
        scene.timings.soonMs,
        "wait after the abort",
      );
      for (const end = Date.now() + scene.timings.soonMs; ; await scene.pause(scene.timings.lookMs)) {
        const look = await exec(scene, pod, { command: scene.commands.lives(word) });
        const exit = await look.end("a look at the command");
        if (exit.type === "code" && exit.code !== 0) break;
        if (Date.now() > end) throw new Error(`the command ${word} lives on`);
      }
    },
  },
  {
    ...needs,
    word: "no-such-program",
    name: "a program that is not there is an error or an exit code other than 0, and never success",
    async run(scene) {
      const pod = await scene.createRunning(scene.workloads.run());
      const outcome = exec(scene, pod, { command: ["no-such-program-anywhere"] }).then((command) =>
        within(command.exit, scene.timings.startMs, "a program that is not there"),
      );
      const exit = await outcome.catch((error: unknown) => requireRefusal(error));
      assert.ok(exit?.type !== "code" || exit.code !== 0, "it ended with 0");
    },
  },
  {
    ...needs,
    workloads: ["exit"],
    word: "ended",
    name: "exec in a container that has ended is a ProviderError",
    async run(scene) {
      const pod = await scene.createEnded(scene.workloads.exit({ code: 0, afterMs: 0 }));
      await assert.rejects(exec(scene, pod, { command: scene.commands.exit(0) }), (error) => isProviderError(error));
    },
  },
];

/** Refused or not found is an answer; that nothing came in time is none. */
function requireRefusal(error: unknown): undefined {
  if (error instanceof Error && error.message.includes("was not over within")) throw error;
}
