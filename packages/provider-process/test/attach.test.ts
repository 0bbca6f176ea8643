import { once } from "node:events";
import { readdirSync, writeFileSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import type { Container } from "@virtual-kubelet/kubernetes";
import type { AttachCall, ContainerProcess, PodRef } from "@virtual-kubelet/provider";
import { describe, expect, test } from "vitest";
import { type ProcessNode, StateDirectory, call, shell, textOf, until } from "./process-node.ts";

const many: Partial<Container> = { stdin: true };
const once1: Partial<Container> = { stdin: true, stdinOnce: true };

async function attach(node: ProcessNode, pod: PodRef, options: Partial<AttachCall> = {}): Promise<ContainerProcess> {
  const all = { ...call, tty: false, stdin: true, stdout: true, stderr: true, ...options };
  return node.provider.attach({ pod, container: "app" }, all);
}

async function running(node: ProcessNode, script: string, container: Partial<Container> = {}): Promise<PodRef> {
  const pod = await node.create(shell(script, {}, container));
  await node.waitForPhase(pod, "Running");
  return pod;
}

/** Gathers what a process writes, for those who wait for a part of it. */
function screenOf(process: ContainerProcess): { text: string } {
  const screen = { text: "" };
  (process.stdout as Readable).on("data", (bytes) => (screen.text += String(bytes)));
  return screen;
}

const echo = 'while read line; do echo "got $line"; done; echo end';

describe("attach", () => {
  test("gives what the container writes from now on, its streams apart, and its exit", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const pod = await running(node, 'echo early; read a; echo "out $a"; echo "err $a" >&2; exit 5', once1);
    await until(async () => (await node.logs(pod)) === "early\n", "the first line");
    const process = await attach(node, pod);
    (process.stdin as Writable).write("word\n");
    const [stdout, stderr] = await Promise.all([
      textOf(process.stdout),
      textOf(process.stderr as AsyncIterable<Uint8Array>),
    ]);
    expect({ stdout, stderr }).toEqual({ stdout: "out word\n", stderr: "err word\n" });
    expect(await process.wait()).toEqual({ type: "code", code: 5 });
    expect((await node.logs(pod)).split("\n").toSorted()).toEqual(["", "early", "err word", "out word"]);
  });

  test("a container without an input reads its end at once, whatever a caller sends", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const pod = await running(node, "cat; echo none; exec sleep 300");
    await until(async () => (await node.logs(pod)) === "none\n", "the end of input");
    const stop = new AbortController();
    const process = await attach(node, pod, { signal: stop.signal });
    (process.stdin as Writable).end(Buffer.alloc(1_000_000));
    stop.abort();
    await expect(process.wait()).rejects.toMatchObject({ code: "Unavailable" });
    expect((await node.status(pod))?.phase).toBe("Running");
  });

  test("an input for many stays open from one caller to the next, and for two at once", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const pod = await running(node, echo, many);
    for (const word of ["one", "two"]) {
      const stop = new AbortController();
      const process = await attach(node, pod, { signal: stop.signal });
      (process.stdin as Writable).end(`${word}\n`);
      await until(async () => (await node.logs(pod)).includes(`got ${word}\n`), word);
      stop.abort();
    }
    const [left, right] = [await attach(node, pod), await attach(node, pod)];
    const screens = [screenOf(left), screenOf(right)];
    (left.stdin as Writable).write("three\n");
    await until(() => screens.every(({ text }) => text === "got three\n"), "both to see it");
    (right.stdin as Writable).write("four\n");
    await until(() => screens.every(({ text }) => text === "got three\ngot four\n"), "both to see it");
    expect(await node.logs(pod)).toBe("got one\ngot two\ngot three\ngot four\n");
    await node.delete(pod);
    for (const process of [left, right]) expect(await process.wait()).toEqual({ type: "signal", signal: 9 });
  });

  test.each(["ends its input", "goes"])("an input for one ends when the first caller %s", async (how) => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const pod = await running(node, echo, once1);
    const watcher = await attach(node, pod, { stdin: false });
    const stop = new AbortController();
    const { stdin } = await attach(node, pod, { signal: stop.signal });
    (stdin as Writable).write("word\n");
    await until(async () => (await node.logs(pod)) === "got word\n", "the word");
    if (how === "goes") stop.abort();
    else (stdin as Writable).end();
    expect(await textOf(watcher.stdout)).toBe("got word\nend\n");
    expect(await watcher.wait()).toEqual({ type: "code", code: 0 });
  });

  test("every byte of a large input arrives, and so does every byte of a large output, however slow its reader", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const pod = await running(node, "exec cat", once1);
    const process = await attach(node, pod);
    const stdin = process.stdin as Writable;
    const block = Buffer.alloc(1024 * 1024, "0123456789abcde\n");
    const writing = (async () => {
      for (let count = 0; count < 8; count++) if (!stdin.write(block)) await once(stdin, "drain");
      stdin.end();
    })();
    let bytes = 0;
    for await (const chunk of process.stdout) {
      bytes += chunk.length;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await writing;
    expect(bytes).toBe(8 * block.length);
    expect(await process.wait()).toEqual({ type: "code", code: 0 });
  });

  test("another user's container reads its input also by its name", async () => {
    const user = process.getuid?.() === 0 ? { runAsUser: 65_534, runAsGroup: 65_533 } : {};
    await using state = new StateDirectory();
    await using node = await state.node();
    const pod = await node.create(shell("exec cat /dev/stdin", { securityContext: user }, once1));
    await node.waitForPhase(pod, "Running");
    const { stdin, stdout } = await attach(node, pod);
    (stdin as Writable).end("word\n");
    expect(await textOf(stdout)).toBe("word\n");
  });

  test("a terminal takes input and a size, and may be left and joined again", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const script = "stty -echo; while read line; do echo got $line; stty size; done; exit 3";
    const pod = await running(node, script, { ...once1, tty: true });
    const stop = new AbortController();
    const first = await attach(node, pod, { tty: true, stderr: false, signal: stop.signal });
    const seen = screenOf(first);
    expect(first.stderr).toBeUndefined();
    await first.resize?.({ columns: 120, rows: 40 });
    (first.stdin as Writable).write("one\n");
    await until(() => seen.text.includes("got one\r\n40 120\r\n"), "the answer");
    stop.abort();
    const second = await attach(node, pod, { tty: true, stderr: false });
    (second.stdin as Writable).end("two\n");
    expect(await textOf(second.stdout)).toContain("got two\r\n40 120\r\n");
    expect(await second.wait()).toEqual({ type: "code", code: 3 });
  });

  test("leaves nothing behind when a caller goes", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const pod = await running(node, "while :; do echo tick; sleep 0.01; done", many);
    const supervisor = await state.supervisorPid();
    const open = () => readdirSync(`/proc/${supervisor}/fd`).length;
    const before = open();
    for (let round = 0; round < 20; round++) {
      const stop = new AbortController();
      const process = await attach(node, pod, { signal: stop.signal });
      await once(process.stdout as Readable, "data");
      stop.abort();
      await expect(process.wait()).rejects.toMatchObject({ code: "Unavailable" });
    }
    await until(() => open() <= before, "the supervisor to have no more files open than before");
    expect((await node.status(pod))?.phase).toBe("Running");
  });

  test("one that has ended cannot be attached to: kubectl shows its log instead", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const pod = await node.create(shell("echo done", {}, once1));
    await node.waitForPhase(pod, "Succeeded");
    await expect(attach(node, pod)).rejects.toMatchObject({ code: "NotFound" });
    expect(await node.logs(pod)).toBe("done\n");
  });

  test("a container that has closed its input is still taken over with its output", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const pod = await running(node, "exec <&-; while [ ! -e go ]; do sleep 0.02; done; echo out; exec sleep 300", many);
    await state.killSupervisor();
    const attached = await attach(node, pod);
    const screen = screenOf(attached);
    (attached.stdin as Writable).write("nobody reads this\n");
    writeFileSync(`${state.path}/pods/${pod.uid}/app/0/work/go`, "");
    await until(() => screen.text === "out\n", "the output");
    expect(await node.logs(pod)).toBe("out\n");
    await node.delete(pod);
  });

  test("an input for many waits on when the supervisor is killed, and another one takes it over", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const pod = await running(node, echo, many);
    const cut = await attach(node, pod);
    await state.killSupervisor();
    await expect(cut.wait()).rejects.toMatchObject({ code: "Unavailable" });
    const process = await attach(node, pod);
    const screen = screenOf(process);
    (process.stdin as Writable).write("again\n");
    await until(() => screen.text === "got again\n", "the answer");
    await node.delete(pod);
  });
});
