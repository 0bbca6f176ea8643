import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { performance } from "node:perf_hooks";
import { toolPath } from "./dependencies.mjs";
import { root, stateDirectory } from "./places.mjs";

/** How long a target may take to stop after it was told to, until it is killed with all that it started. */
const stopLimitMs = 20_000;

/**
 * Runs a TypeScript program in a process group of its own, passes signals on to it, and resolves with its exit code. However
 * it ends, nothing of its group is left.
 */
export async function runTarget({ node, target, program, args }) {
  const child = spawn(node, [program, ...args], {
    cwd: root,
    detached: true,
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    env: environment(node),
  });
  const stopListening = passSignals(child);
  const ended = await new Promise((resolve) => {
    child.once("error", (error) => resolve({ code: 1, problem: error.message }));
    child.once("exit", (code, signal) => resolve({ code: code ?? 128 + constants.signals[signal] }));
  });
  stopListening();
  if (ended.problem) process.stderr.write(`Cannot run ${target}: ${ended.problem}\n`);
  endGroup(child);
  if (ended.code > 1) await cleanUp(node, target);
  return ended.code;
}

/** Sources are run as they are, and what they compile to is kept. */
function environment(node) {
  return {
    ...process.env,
    PATH: toolPath(node),
    NODE_OPTIONS:
      `${process.env.NODE_OPTIONS ?? ""} --conditions=@virtual-kubelet/source --disable-warning=ExperimentalWarning`.trim(),
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? `${stateDirectory}/compile-cache`,
  };
}

function passSignals(child) {
  let limit;
  let last = -Infinity;
  const pass = (signal) => {
    // One Ctrl-C arrives twice, from the terminal and from npm; a second one means "at once".
    if (performance.now() - last < 500) return;
    last = performance.now();
    child.kill(signal);
    limit ??= setTimeout(() => endGroup(child), stopLimitMs);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, pass);
  // When npm is killed, it is only by our ancestors that we can tell: there is a shell between npm and us.
  const npm = ancestors();
  const orphaned = setInterval(() => {
    if (!process.env.npm_lifecycle_event || ancestors() === npm) return;
    clearInterval(orphaned);
    pass("SIGTERM");
  }, 1000);
  return () => {
    clearTimeout(limit);
    clearInterval(orphaned);
    for (const signal of signals) process.off(signal, pass);
  };
}

/** Our parent and, where the system tells, its parent. */
function ancestors() {
  try {
    const status = readFileSync(`/proc/${process.ppid}/status`, "utf8");
    return `${process.ppid} ${/^PPid:\s*(\d+)/m.exec(status)?.[1]}`;
  } catch {
    return `${process.ppid}`;
  }
}

function endGroup(child) {
  try {
    if (child.pid) process.kill(-child.pid, "SIGKILL");
  } catch {
    // Nobody is left.
  }
}

/** After a crash: what a target starts outside its group on purpose, so that it outlives the agent, is ended too. */
async function cleanUp(node, target) {
  const child = spawn(node, [`${root}/tooling/bootstrap/src/clean-up.ts`, target], {
    cwd: root,
    stdio: "inherit",
    env: environment(node),
  });
  await new Promise((resolve) => child.once("exit", resolve).once("error", resolve));
}
