import type { Readable, Writable } from "node:stream";
import type { ContainerProcess, Exit } from "@virtual-kubelet/provider";
import { describe, expect, test } from "vitest";
import { StateDirectory, call, shell } from "./process-node.ts";

/** Goes on without the terminal, which nobody else holds. */
const closesItsTerminal = 'read go; trap "" HUP; exec </dev/null >/dev/null 2>&1; sleep 1; exit 7';

/** How it ends for a caller who goes on to give its terminal sizes and keys. */
async function exitWhileUsed(process: ContainerProcess): Promise<Exit> {
  (process.stdout as Readable).resume();
  (process.stdin as Writable).write("go\n");
  const inUse = setInterval(() => {
    void process.resize?.({ columns: 90, rows: 30 });
    (process.stdin as Writable).write("x");
  }, 20);
  try {
    return await process.wait();
  } finally {
    clearInterval(inUse);
  }
}

describe("a process that has closed its terminal", () => {
  test("attach: neither a size nor a key cuts the caller off from its exit", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const pod = await node.create(shell(closesItsTerminal, {}, { stdin: true, tty: true }));
    await node.waitForPhase(pod, "Running");
    const process = await node.provider.attach(
      { pod, container: "app" },
      { ...call, tty: true, stdin: true, stdout: true, stderr: false },
    );
    expect(await exitWhileUsed(process)).toEqual({ type: "code", code: 7 });
  });

  test("exec: neither a size nor a key ends it", async () => {
    await using state = new StateDirectory();
    await using node = await state.node();
    const pod = await node.create(shell("exec sleep 300"));
    await node.waitForPhase(pod, "Running");
    const process = await node.provider.exec(
      { pod, container: "app" },
      { ...call, command: ["sh", "-c", closesItsTerminal], tty: true, stdin: true, stdout: true, stderr: false },
    );
    expect(await exitWhileUsed(process)).toEqual({ type: "code", code: 7 });
  });
});
