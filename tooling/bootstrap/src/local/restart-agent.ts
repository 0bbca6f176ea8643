import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { agentEnvironment } from "./agent-environment.ts";
import { root, stateDirectory } from "./checkout.ts";
import { agentArguments, agentProcessFile, endAgent } from "./local-cluster.ts";
import { PlainFailure } from "./plain-failure.ts";
import { removeProcessFile, runningProcess, writeProcessFile } from "./process-file.ts";
import { stopSignal } from "./stop-signal.ts";

/** Ends the agent of `npm start`, if it lives, and runs a new one here, with its log, until it ends. */
export async function restartAgent(startFile: string): Promise<number> {
  if (runningProcess(startFile, "bootstrap/src/start.ts") === undefined) {
    throw new PlainFailure("There is no cluster to join: npm start does not run in this checkout.");
  }
  await endAgent(stateDirectory);
  const child = spawn(process.execPath, agentArguments(stateDirectory), {
    cwd: root,
    env: agentEnvironment(),
    stdio: "inherit",
  });
  const file = agentProcessFile(stateDirectory);
  writeProcessFile(file, child.pid ?? 0);
  stopSignal().addEventListener("abort", () => child.kill("SIGTERM"));
  const code = await new Promise<number>((resolve) => {
    child.once("exit", (exitCode, signal) => {
      if (signal) process.stderr.write(`The agent was ended by ${signal}; its pods run on.\n`);
      resolve(exitCode ?? 1);
    });
  });
  if (Number(readFileSync(file, "utf8")) === child.pid) removeProcessFile(file);
  return code;
}
