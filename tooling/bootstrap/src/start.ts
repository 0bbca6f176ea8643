import { mkdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { applyManifest } from "./local/apply-manifest.ts";
import { root, stateDirectory } from "./local/checkout.ts";
import type { ChildProgram } from "./local/child-program.ts";
import { LocalCluster, nodeName } from "./local/local-cluster.ts";
import { exitCodeOf, PlainFailure } from "./local/plain-failure.ts";
import { removeProcessFile, runningProcess, writeProcessFile } from "./local/process-file.ts";
import { Stopped, stopSignal } from "./local/stop-signal.ts";

const defaultPort = 7443;
const sample = join(root, "examples/sample/hello.yaml");
const startFile = join(stateDirectory, "start.pid");

const usage = `npm start                   a cluster and an agent with provider-process, until Ctrl-C
npm start -- --port PORT    the same, with the API server at this port (default ${defaultPort})
npm start agent             the agent alone, again, beside an npm start that runs
`;

/** `npm start`, `npm start -- --port 7000`, and `npm start agent`. */
async function start(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    process.stdout.write(usage);
    return 0;
  }
  if (args[0] === "agent") return (await import("./local/restart-agent.ts")).restartAgent(startFile);
  const port = portOf(args);
  const other = runningProcess(startFile, "bootstrap/src/start.ts");
  if (other !== undefined)
    throw new PlainFailure(`npm start runs already in this checkout (process ${other}): stop it first.`);
  mkdirSync(stateDirectory, { recursive: true });
  writeProcessFile(startFile, process.pid);
  const signal = stopSignal();
  try {
    await runUntilStopped(port, signal);
    return 0;
  } catch (error) {
    if (error instanceof Stopped) return 0;
    throw error;
  } finally {
    removeProcessFile(startFile);
  }
}

async function runUntilStopped(port: number, signal: AbortSignal): Promise<void> {
  const began = performance.now();
  await using cluster = await LocalCluster.start({ directory: stateDirectory, port, signal });
  await cluster.nodeReady(signal);
  await applyManifest(cluster.client, readFileSync(sample, "utf8"), signal);
  process.stdout.write(introduction(cluster, port, performance.now() - began));
  const over = Promise.race([abortOf(signal), cluster.clusterEnded]);
  if (cluster.agent) void sayWhenEnded(cluster.agent, over);
  const ended = await over;
  if (ended !== undefined) {
    const log = join(stateDirectory, "cluster.log");
    throw new PlainFailure(`The cluster ended by itself (${ended}); its last words are in ${log}.`);
  }
  process.stdout.write("\nStopping…\n");
}

function introduction(cluster: LocalCluster, port: number, durationMs: number): string {
  const here = (name: string): string => relative(root, join(stateDirectory, name));
  return `
A cluster with the node "${nodeName}" is ready after ${(durationMs / 1000).toFixed(1)} s. Its pods are processes of this machine.

  In another terminal:
    export KUBECONFIG=${quoted(cluster.kubeconfigFile)}
    kubectl get nodes,pods -o wide
    kubectl logs -f deployment/hello
    kubectl exec -it deployment/hello -- sh

  The agent is process ${cluster.agent?.pid}. Kill it: its pods run on. This restarts it alone, and shows its log:
    npm --prefix ${quoted(root)} start agent

  API server: https://127.0.0.1:${port}   Logs: ${here("agent.log")}, ${here("cluster.log")}   Ctrl-C stops everything.
`;
}

async function sayWhenEnded(agent: ChildProgram, over: Promise<unknown>): Promise<void> {
  const how = await Promise.race([agent.ended, over.then(() => undefined)]);
  if (how === undefined) return;
  process.stdout.write(`\nThe agent ended (${how}). To start it again: npm --prefix ${quoted(root)} start agent\n`);
}

function abortOf(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}

function portOf(args: readonly string[]): number {
  let text: string | undefined;
  try {
    text = parseArgs({ args: [...args], options: { port: { type: "string" } } }).values.port;
  } catch {
    throw new PlainFailure(`There is no such option. What there is:\n${usage.trimEnd()}`);
  }
  const port = Number(text ?? defaultPort);
  if (!Number.isInteger(port) || port < 1 || port > 65535)
    throw new PlainFailure(`--port must be a number from 1 to 65535, not "${text}".`);
  return port;
}

function quoted(path: string): string {
  return /^[\w./@%+:-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

process.exitCode = await exitCodeOf(() => start(process.argv.slice(2)));
