import { once } from "node:events";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { endKilledRuns, RunFolder } from "../../src/command/run-folder.ts";

async function notesFolder(): Promise<AsyncDisposable & { readonly notes: string }> {
  const notes = await mkdtemp(join(tmpdir(), "notes-"));
  return { notes, [Symbol.asyncDispose]: () => rm(notes, { recursive: true }) };
}

/** The id of a process that has ended. */
async function endedPid(): Promise<number> {
  const child = spawn(process.execPath, ["-e", ""], { stdio: "ignore" });
  await once(child, "exit");
  return child.pid ?? 0;
}

test("a run that ends leaves neither its folder nor the note of it", async () => {
  await using made = await notesFolder();
  const folder = new RunFolder({ ...made, pid: process.pid });
  expect(readdirSync(made.notes)).toEqual([expect.stringMatching(new RegExp(`^${process.pid}\\.`))]);
  await folder[Symbol.asyncDispose]();
  expect([existsSync(folder.path), readdirSync(made.notes)]).toEqual([false, []]);
});

test("what a killed run has left is ended, and not what belongs to one that goes on", async () => {
  await using made = await notesFolder();
  const killed = new RunFolder({ ...made, pid: await endedPid() });
  await using living = new RunFolder({ ...made, pid: process.pid });
  const state = join(killed.path, "virtual-kubelet-e2e-1", "edge", "state");
  mkdirSync(join(state, "pods"), { recursive: true });
  await endKilledRuns(made.notes);
  expect([existsSync(killed.path), existsSync(living.path)]).toEqual([false, true]);
  expect(readdirSync(made.notes)).toEqual([expect.stringMatching(new RegExp(`^${process.pid}\\.`))]);
});
