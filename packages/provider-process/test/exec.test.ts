import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { ContainerProcess, ExecCall, PodRef } from "@virtual-kubelet/provider";
import { describe, expect, test } from "vitest";
import { type ProcessNode, StateDirectory, call, isGone, shell, textOf, until } from "./process-node.ts";

type Options = Partial<Omit<ExecCall, "command">>;

function exec(
  node: ProcessNode,
  pod: PodRef,
  command: ExecCall["command"],
  options: Options = {},
): Promise<ContainerProcess> {
  const all = { ...call, command, tty: false, stdin: false, stdout: true, stderr: true, ...options };
  return Promise.resolve(node.provider.exec({ pod, container: "app" }, all));
}

async function sleeper(node: ProcessNode): Promise<PodRef> {
  const pod = await node.create(shell("exec sleep 300"));
  await node.waitForPhase(pod, "Running");
  return pod;
}

describe("exec", () => {
  test("runs in the container's environment and directory, and tells both streams and the exit code", async () => {
    await using state = new StateDirectory();
    await using node = await state.node({ variables: [{ name: "COLOUR", value: "blue", sensitive: false }] });
    const pod = await sleeper(node);
    const process = await exec(node, pod, [
      "sh",
      "-c",
      'echo "$COLOUR"; [ "$PWD" = "$HOME" ] && echo home; echo no >&2; exit 7',
    ]);
    const [stdout, stderr, exit] = await Promise.all([
      textOf(process.stdout),
      textOf(process.stderr as AsyncIterable<Uint8Array>),
      process.wait(),
    ]);
    expect({ stdout, stderr, exit }).toEqual({
      stdout: "blue\nhome\n",
      stderr: "no\n",
      exit: { type: "code", code: 7 },
    });
  });

  test("hands standard input over, to its end, and every byte of a large output back", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const process = await exec(node, await sleeper(node), ["cat"], { stdin: true });
    const stdin = process.stdin as Writable;
    const line = Buffer.alloc(1024 * 1024, "0123456789abcde\n");
    const writing = (async () => {
      for (let count = 0; count < 20; count++) if (!stdin.write(line)) await once(stdin, "drain");
      stdin.end();
    })();
    let bytes = 0;
    for await (const chunk of process.stdout) bytes += chunk.length;
    await writing;
    expect(bytes).toBe(20 * line.length);
    expect(await process.wait()).toEqual({ type: "code", code: 0 });
  });

  test("keeps the end of an output for a reader who is slow, however long the command has been gone", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const pod = await sleeper(node);
    const all = 3_000_000;
    // What is on its way when the command ends is a few hundred thousand bytes: some of these readers rest at that point.
    const restsAt = Array.from({ length: 10 }, (_, index) => all - 900_000 + index * 90_000);
    const counts = await Promise.all(
      restsAt.map(async (restAt) => {
        const process = await exec(node, pod, ["head", "-c", String(all), "/dev/zero"]);
        let bytes = 0;
        for await (const chunk of process.stdout) {
          if (bytes < restAt && bytes + chunk.length >= restAt) await sleep(1_000);
          bytes += chunk.length;
        }
        expect(await process.wait()).toEqual({ type: "code", code: 0 });
        return bytes;
      }),
    );
    expect(counts).toEqual(restsAt.map(() => all));
    expect(readFileSync(`${state.path}/supervisor.log`, "utf8")).toBe("");
  });

  test("keeps the end of a terminal's output for a reader who is slow, and who changes the size meanwhile", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const pod = await sleeper(node);
    const all = 1_000_000;
    const restsAt = Array.from({ length: 8 }, (_, index) => all - 600_000 + index * 60_000);
    const command = ["head", "-c", String(all), "/dev/zero"] as const;
    const counts = await Promise.all(
      restsAt.map(async (restAt) => {
        const process = await exec(node, pod, command, { tty: true });
        let bytes = 0;
        for await (const chunk of process.stdout) {
          if (bytes < restAt && bytes + chunk.length >= restAt) {
            await sleep(1_000);
            await process.resize?.({ columns: 100, rows: 20 });
          }
          bytes += chunk.length;
        }
        expect(await process.wait()).toEqual({ type: "code", code: 0 });
        return bytes;
      }),
    );
    expect(counts).toEqual(restsAt.map(() => all));
  });

  test("notices that its caller has gone also after the end of its input", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const pod = await sleeper(node);
    for (const bytes of [30_000, 70_000, 100_000, 130_000]) {
      const stop = new AbortController();
      const script = "sleep 0.2; cat >/dev/null; echo read; exec sleep 305";
      const process = await exec(node, pod, ["sh", "-c", script], { stdin: true, signal: stop.signal });
      (process.stdin as Writable).end(Buffer.alloc(bytes));
      for await (const chunk of process.stdout) if (String(chunk) === "read\n") break;
      stop.abort();
      await expect(process.wait()).rejects.toMatchObject({ code: "Unavailable" });
      await until(() => state.processes().length === 1, `the end of a command that was sent ${bytes} bytes`);
    }
  });

  test("kills a command that does not read its input when the call is aborted", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const pod = await sleeper(node);
    const stop = new AbortController();
    const script = "head -c 1 >/dev/null; sleep 0.3; echo read; exec sleep 306";
    const process = await exec(node, pod, ["sh", "-c", script], { stdin: true, signal: stop.signal });
    (process.stdin as Writable).write(Buffer.alloc(2_000_000));
    for await (const chunk of process.stdout) if (String(chunk) === "read\n") break;
    stop.abort();
    await expect(process.wait()).rejects.toMatchObject({ code: "Unavailable" });
    await until(() => state.processes().length === 1, "the command's end");
  });

  test("lets go of a caller whose input the command did not read", async () => {
    await using state = new StateDirectory();
    {
      await using node = await state.node();
      const pod = await sleeper(node);
      const process = await exec(node, pod, ["sh", "-c", "sleep 0.2; exec head -c 1"], { stdin: true });
      (process.stdin as Writable).write(Buffer.alloc(1_000_000));
      expect(await textOf(process.stdout)).toHaveLength(1);
      expect(await process.wait()).toEqual({ type: "code", code: 0 });
      await node.delete(pod);
    }
    const pid = await state.supervisorPid();
    await until(() => isGone(pid), "the end of a supervisor that nobody needs");
  });

  test("tells a signal as one", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const process = await exec(node, await sleeper(node), ["sh", "-c", "kill -TERM $$"]);
    expect(await process.wait()).toEqual({ type: "signal", signal: 15 });
  });

  test("has a terminal with a size that can change", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const script = "stty size; read line; echo got $line; stty size; exit 3";
    const process = await exec(node, await sleeper(node), ["sh", "-c", script], {
      tty: true,
      stdin: true,
      size: { columns: 90, rows: 30 },
    });
    let output = "";
    const reading = (async () => {
      for await (const chunk of process.stdout) output += Buffer.from(chunk).toString();
    })();
    await until(() => output.includes("30 90"), "the first size");
    await process.resize?.({ columns: 120, rows: 40 });
    (process.stdin as Writable).write("word\n");
    await reading;
    expect(output).toContain("got word\r\n40 120\r\n");
    expect(process.stderr).toBeUndefined();
    expect(await process.wait()).toEqual({ type: "code", code: 3 });
  });

  test("kills the command and all that came of it when the call is aborted", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const pod = await sleeper(node);
    const [main] = state.processes();
    const stop = new AbortController();
    const process = await exec(node, pod, ["sh", "-c", "(setsid sleep 301 >/dev/null 2>&1 &); sleep 302"], {
      signal: stop.signal,
    });
    await until(() => state.processes().length >= 4, "the command's tree");

    stop.abort();

    await expect(process.wait()).rejects.toMatchObject({ code: "Unavailable" });
    await until(() => state.processes().length === 1, "the tree's end");
    expect(state.processes()).toEqual([main]);
  });

  test("ends with the container", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const pod = await sleeper(node);
    const process = await exec(node, pod, ["sleep", "303"]);
    await until(() => state.processes().length === 2, "the command");
    const pids = state.processes();
    await node.delete(pod);
    expect(await process.wait()).toEqual({ type: "signal", signal: 9 });
    expect(pids.every(isGone)).toBe(true);
  });

  test("does not wait for a background child that holds its output", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const pod = await sleeper(node);
    const process = await exec(node, pod, ["sh", "-c", "sleep 304 & echo started"]);
    expect(await textOf(process.stdout)).toBe("started\n");
    expect(await process.wait()).toEqual({ type: "code", code: 0 });
    expect(state.processes()).toHaveLength(2);
  });

  test("says clearly what cannot be run", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const pod = await sleeper(node);
    await expect(exec(node, pod, ["no-such-program"])).rejects.toMatchObject({
      code: "InvalidInput",
      message: 'exec: "no-such-program": executable file not found in $PATH in container app',
    });
    const ended = await node.create(shell("true"));
    await node.waitForPhase(ended, "Succeeded");
    await expect(exec(node, ended, ["true"])).rejects.toMatchObject({ code: "NotFound" });
  });

  test("still has the container's environment after the supervisor was killed", async () => {
    await using state = new StateDirectory();
    await using node = await state.node({ variables: [{ name: "COLOUR", value: "blue", sensitive: true }] });
    const pod = await sleeper(node);
    await state.killSupervisor();
    await until(async () => (await node.provider.ping(call), true), "another supervisor");
    const process = await exec(node, pod, ["sh", "-c", "echo $COLOUR"]);
    expect(await textOf(process.stdout)).toBe("blue\n");
  });

  test("is still the container's user, in its directory, after the supervisor was killed", async () => {
    const own = process.getuid?.() ?? 0;
    const user = own === 0 ? { runAsUser: 65_534, runAsGroup: 65_533 } : {};
    await using state = new StateDirectory();
    await using node = await state.node();
    const pod = await node.create(shell("exec sleep 300", { securityContext: user }, { workingDir: "/usr" }));
    await node.waitForPhase(pod, "Running");
    await state.killSupervisor();
    await until(async () => (await node.provider.ping(call), true), "another supervisor");
    const { stdout } = await exec(node, pod, ["sh", "-c", "id -u; id -g; pwd"]);
    expect(await textOf(stdout)).toBe(own === 0 ? "65534\n65533\n/usr\n" : `${own}\n${process.getgid?.()}\n/usr\n`);
  });
});
