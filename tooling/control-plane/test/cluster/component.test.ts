import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Component } from "../../src/cluster/component.ts";

async function componentOf(script: string): Promise<AsyncDisposable & { readonly component: Component }> {
  const folder = await mkdtemp(join(tmpdir(), "component-"));
  const component = new Component({
    name: "a program",
    program: process.execPath,
    args: ["-e", script],
    logFile: join(folder, "log"),
    isReady: async () => component.log().includes("ready"),
  });
  return {
    component,
    async [Symbol.asyncDispose]() {
      await component[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

const steady = "console.log('ready'); setInterval(() => {}, 1000)";

test("it runs from its start to its stop, and again", async () => {
  await using made = await componentOf(steady);
  await made.component.start();
  const first = made.component.pid;
  await made.component.stop();
  expect(made.component.pid).toBeUndefined();
  await made.component.start();
  expect(made.component.pid).not.toBe(first);
});

test("one that is paused ends all the same when it is disposed of", async () => {
  const made = await componentOf(steady);
  await made.component.start();
  made.component.pause();
  await made[Symbol.asyncDispose]();
  expect(made.component.pid).toBeUndefined();
});

test("one that ends at once is an error with the end of its log", async () => {
  await using made = await componentOf("console.error('no such flag: --colour'); process.exit(3)");
  await expect(made.component.start()).rejects.toThrow(/ended before it was ready[^]*no such flag: --colour/);
});

test("what is no program is an error", async () => {
  const component = new Component({
    name: "nothing",
    program: "/no/such/program",
    args: [],
    logFile: "/dev/null",
    isReady: async () => true,
  });
  await expect(component.start()).rejects.toThrow(/ENOENT/);
});

test("a start that is given up ends with the reason", async () => {
  await using made = await componentOf("setInterval(() => {}, 1000)");
  const giveUp = new AbortController();
  const { signal } = giveUp;
  const starting = made.component.start({ signal });
  await expect.poll(() => made.component.pid).toBeDefined();
  giveUp.abort(new Error("enough"));
  await expect(starting).rejects.toThrow("enough");
});
