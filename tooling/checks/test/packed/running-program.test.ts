import { spawn } from "node:child_process";
import { expect, test } from "vitest";
import { RunningProgram } from "../../src/packed/running-program.ts";

const node = (script: string): RunningProgram => new RunningProgram(spawn(process.execPath, ["--eval", script]));

test("waits for the first line and ends the program", async () => {
  const program = node('console.log("ready"); setInterval(() => {}, 1000)');
  await program.firstLine();
  expect(program.output).toBe("ready\n");
  const failure = program.failure.catch(String);
  await program[Symbol.asyncDispose]();
  expect(await failure).toContain("ended with SIGTERM");
});

test("says with what a program ended that should have gone on", async () => {
  await using program = node('console.error("port in use"); process.exitCode = 1');
  await expect(program.firstLine()).rejects.toThrow(/ended with 1:/);
});
