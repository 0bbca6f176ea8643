import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { StateDirectory, call, isGone, shell, until } from "./process-node.ts";

const terminated = (code: number, rest: object = {}) => ({ state: { terminated: { exitCode: code, ...rest } } });

describe("a container as a process", () => {
  test("runs with the environment and the directory that it is given, and nothing of the agent's", async () => {
    process.env["AGENT_SECRET"] = "hidden";
    await using state = new StateDirectory();
    const variables = [{ name: "GREETING", value: "two\nlines", sensitive: true }];
    await using node = await state.node({ variables });
    const script =
      'printf "%s|%s|%s|" "$GREETING" "${AGENT_SECRET-none}" "$HOSTNAME"; [ "$HOME" = "$PWD" ] && pwd; echo "$0 $1"';
    const pod = await node.create(shell(script, {}, { args: ["$(GREETING)", "$$(x)"] }));
    await node.waitForPhase(pod, "Succeeded");

    const output = await node.logs(pod);
    expect(output).toContain(`two\nlines|none|${pod.name}|${state.path}/pods/`);
    expect(output).toContain("two\nlines $(x)\n");
  });

  test.each([
    { script: "exit 3", status: terminated(3, { reason: "Error" }), phase: "Failed" },
    { script: "exit 0", status: terminated(0, { reason: "Completed" }), phase: "Succeeded" },
    { script: "kill -KILL $$$$", status: terminated(137, { signal: 9 }), phase: "Failed" },
    { script: "kill -SEGV $$$$", status: terminated(139, { signal: 11 }), phase: "Failed" },
  ])("ends truthfully: $script", async ({ script, status, phase }) => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const pod = await node.create(shell(script));
    const { containerStatuses } = await node.waitForPhase(pod, phase);
    expect(containerStatuses).toMatchObject([status]);
    expect(containerStatuses?.[0]?.containerID).toMatch(/^process:\/\/[0-9a-f]{64}$/);
  });

  test.each([
    { command: ["/no/such/program"], workingDir: undefined, message: /"\/no\/such\/program": no such file/ },
    { command: ["no-such-program"], workingDir: undefined, message: /not found in \$PATH/ },
    {
      command: ["true"],
      workingDir: "/no/such/place",
      message: /working directory "\/no\/such\/place" does not exist/,
    },
  ])("that cannot be started says why: $message", async ({ command, workingDir, message }) => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const pod = await node.create(shell("", {}, { command, ...(workingDir ? { workingDir } : {}) }));
    const { containerStatuses } = await node.waitForPhase(pod, "Failed");
    expect(containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 128, reason: "StartError" });
    expect(containerStatuses?.[0]?.state?.terminated?.message).toMatch(message);
  });

  test.each([
    { command: ["true"], message: 'environment variable "SECRET" has a NUL byte in its value' },
    { command: ["/no/such/$(PART)"], message: 'exec: "/no/such/$(PART)": no such file or directory' },
    { command: ["no-such-$(PART)"], message: 'exec: "no-such-$(PART)": executable file not found in $PATH' },
  ])("that cannot be started for a secret does not tell it: $message", async ({ command, message }) => {
    const binary = command[0] === "true" ? [{ name: "SECRET", value: "hush\0", sensitive: true }] : [];
    await using state = new StateDirectory();
    await using node = await state.node({ variables: [{ name: "PART", value: "hush", sensitive: true }, ...binary] });
    const pod = await node.create(shell("", {}, { command }));
    const { containerStatuses } = await node.waitForPhase(pod, "Failed");
    expect(containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 128, reason: "StartError", message });
  });

  test("takes its whole tree along, also what left its session, its parent or its environment", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const script = "(setsid sleep 300 >/dev/null 2>&1 &); (sleep 301 &); env -i sleep 302 & echo $!; echo up; wait";
    const pod = await node.create(shell(script));
    await until(
      async () => (await node.status(pod))?.phase === "Running" && (await node.logs(pod)).includes("up"),
      "the output",
    );
    await until(() => state.processes().length >= 3, "the tree");
    const cleared = Number((await node.logs(pod)).split("\n")[0]);
    expect(isGone(cleared)).toBe(false);

    await node.delete(pod, 5);

    expect(state.processes()).toEqual([]);
    expect(isGone(cleared)).toBe(true);
  });

  test("takes its tree along also when the supervisor can open no file for a while", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const pod = await node.create(shell("setsid sleep 300 & exec sleep 301"));
    await node.waitForPhase(pod, "Running");
    await until(() => state.processes().length === 2, "the tree");
    const supervisor = String(await state.supervisorPid());
    const setFileLimit = (limit: number) =>
      execFileSync("prlimit", ["--pid", supervisor, `--nofile=${limit}:`], { stdio: "ignore" });
    setFileLimit(8);
    const record = readFileSync(`${state.path}/pods/${pod.uid}/app/0/run.json`, "utf8");
    process.kill((JSON.parse(record) as { process: { pid: number } }).process.pid, "SIGTERM");
    const log = () => readFileSync(`${state.path}/supervisor.log`, "utf8");
    await until(() => log().includes("EMFILE: too many open files, scandir"), "a look that fails");
    setFileLimit(1000);
    const { containerStatuses } = await node.waitForPhase(pod, "Failed");
    expect(containerStatuses).toMatchObject([terminated(143)]);
    expect(state.processes()).toEqual([]);
  });

  test("is asked to end, and killed when it does not", async () => {
    await using state = new StateDirectory();
    const events: string[] = [];
    await using node = await state.node({ events });
    const polite = await node.create(shell("trap 'echo bye; exit 5' TERM; echo up; while :; do sleep 0.05; done"));
    const deaf = await node.create(shell("trap '' TERM; echo up; while :; do sleep 0.05; done"));
    for (const pod of [polite, deaf]) {
      await until(
        async () => (await node.status(pod))?.phase === "Running" && (await node.logs(pod)) === "up\n",
        "the trap",
      );
      await node.provider.deletePod(pod, { ...call, gracePeriodSeconds: 1 });
    }

    expect((await node.waitForPhase(polite, "Failed")).containerStatuses).toMatchObject([terminated(5)]);
    expect((await node.waitForPhase(deaf, "Failed")).containerStatuses).toMatchObject([terminated(137, { signal: 9 })]);
    expect(await node.logs(polite)).toBe("up\nbye\n");
    expect(events).toContain("Killing: Stopping container app");
    await node.delete(polite);
    expect(existsSync(`${state.path}/pods/${polite.uid}`)).toBe(false);
  });

  test("is given a grace of months, too", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const script = "trap 'sleep 0.3; exit 5' TERM; echo up; while :; do sleep 0.05; done";
    const pod = await node.create(shell(script));
    await until(
      async () => (await node.status(pod))?.phase === "Running" && (await node.logs(pod)) === "up\n",
      "the trap",
    );
    await node.provider.deletePod(pod, { ...call, gracePeriodSeconds: 90 * 24 * 3600 });
    const { containerStatuses } = await node.waitForPhase(pod, "Failed");
    expect(containerStatuses).toMatchObject([terminated(5)]);
  });

  test("restarts with a fresh directory, and shows the run before", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const pod = await node.create(
      shell("ls; touch mark; [ -e ../../0/run.json ] && exit 4", { restartPolicy: "Always" }),
    );
    const { containerStatuses } = await node.waitFor(
      pod,
      (status) => status.containerStatuses?.[0]?.restartCount === 1,
      "a restart",
    );
    expect(containerStatuses?.[0]?.lastState?.terminated?.exitCode).toBe(4);
    const waits = ({ containerStatuses: [one] = [] }: Awaited<ReturnType<typeof node.waitForPhase>>) =>
      one?.state?.waiting !== undefined;
    const looping = await node.waitFor(pod, waits, "the back-off");
    expect(looping.containerStatuses?.[0]?.state?.waiting?.reason).toBe("CrashLoopBackOff");
    expect(await node.logs(pod)).toBe("");
  });

  test("runs as the user that it asks for, when the node may", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const own = process.getuid?.() ?? 0;
    const user = own === 0 ? 4321 : own;
    const script = "id -u; id -g; touch mine && echo done >/dev/stderr";
    const pod = await node.create(shell(script, { securityContext: { runAsUser: user, runAsGroup: user } }));
    await node.waitForPhase(pod, "Succeeded");
    expect(await node.logs(pod)).toBe(`${user}\n${user}\ndone\n`);
  });

  test("has a terminal when it asks for one", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const pod = await node.create(shell("test -t 0 && test -t 1 && echo a terminal; exit 6", {}, { tty: true }));
    const { containerStatuses } = await node.waitForPhase(pod, "Failed");
    expect(containerStatuses).toMatchObject([terminated(6)]);
    expect(await node.logs(pod)).toBe("a terminal\r\n");
  });

  test("belongs to one node of one cluster, also in a shared directory", async () => {
    await using state = new StateDirectory();
    await using first = await state.node({ nodeName: "first" });
    await using second = await state.node({ nodeName: "second" });
    const pod = await first.create(shell("sleep 100"));
    expect([...((await first.provider.getPods(call)) as Iterable<unknown>)]).toMatchObject([
      { uid: pod.uid, revision: "v1:a" },
    ]);
    expect([...((await second.provider.getPods(call)) as Iterable<unknown>)]).toEqual([]);
  });

  test("keeps its files to its user", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    await node.create(shell("sleep 100"));
    expect(statSync(state.path).mode & 0o077).toBe(0);
    expect(statSync(`${state.path}/supervisor.sock`).mode & 0o077).toBe(0);
    expect(readFileSync(`${state.path}/supervisor.log`, "utf8")).toBe("");
  });
});
