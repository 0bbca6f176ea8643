import { join } from "node:path";
import { exitCodeOf, PlainFailure } from "@virtual-kubelet/bootstrap/plain-failure";
import { keepResult } from "@virtual-kubelet/bootstrap/results";
import { runVitest } from "@virtual-kubelet/bootstrap/run-vitest";
import { areBuilt, binaries, controlPlanePrograms, goMissing, hasGo } from "@virtual-kubelet/control-plane";
import { isCarried, kubectl, kubectlVersions } from "@virtual-kubelet/integration/kubectl";
import { e2eArguments, usage } from "./command/e2e-arguments.ts";
import { recordRun, writeCompatibility } from "./compatibility/kept-records.ts";
import { execMissing, nomadMissing, nomadProgram } from "@virtual-kubelet/nomad";
import { recordRequests, writeKubeletApiDocument } from "./requests/kept-requests.ts";
import { requestsVariable } from "./requests/seen-request.ts";
import { RunFolder, endKilledRuns } from "./command/run-folder.ts";
import { embedded, type Target, targetVariable } from "./targets/target.ts";
import { inOwnNetwork, networkEnvironment } from "./targets/own-network.ts";

const noNetwork =
  "cases in which the API server calls a node's address, or a pod's: it refuses loopback, and no network namespace can be made here (with unshare and ip, on Linux)";

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** The same suite on the embedded cluster and on real control planes, one after the other. */
async function e2e(args: readonly string[]): Promise<number> {
  const asked = e2eArguments(args);
  if (asked.help) {
    process.stdout.write(usage);
    return 0;
  }
  const skip = (what: string): void => {
    if (asked.strict) throw new PlainFailure(`This cannot be run: ${what}.`);
    process.stdout.write(`Skipped: ${what}.\n`);
  };
  const real = await realTargets(asked.targets, skip);
  await nomad(skip);
  // Nothing can be fetched from inside of a network of one's own.
  await Promise.all([kubectl(), ...(isCarried ? kubectlVersions.map((version) => kubectl(version)) : [])]);
  const ownNetwork = inOwnNetwork([]) !== undefined;
  if (!ownNetwork) skip(noNetwork);
  await endKilledRuns();
  let failed = 0;
  for (const target of [embedded, ...real])
    failed += await run(target, { ownNetwork, record: asked.record, args: asked.rest });
  if (asked.record) {
    writeCompatibility();
    writeKubeletApiDocument();
  }
  return failed > 0 ? 1 : 0;
}

/** Its cases skip where it is not there. */
async function nomad(skip: (what: string) => void): Promise<void> {
  const missing = await nomadMissing();
  if (missing !== undefined) {
    skip(`cases in a real Nomad. ${missing}`);
    return;
  }
  const noExec = await execMissing();
  if (noExec !== undefined) skip(`cases in a real Nomad: ${noExec}`);
  await nomadProgram({ say }).catch((cause: Error) => {
    throw new PlainFailure(`Nomad could not be built: ${cause.message}`, { cause });
  });
}

/** Those that are built, or could be now. */
async function realTargets(targets: readonly Target[], skip: (what: string) => void): Promise<Target[]> {
  const there: Target[] = [];
  const programs = [...controlPlanePrograms, "metrics-server"] as const;
  for (const target of targets) {
    const { name } = target;
    if (!(await areBuilt(name, programs)) && !(await hasGo())) {
      skip(`Kubernetes ${name}. ${goMissing}`);
      continue;
    }
    await binaries(name, { programs, say }).catch((cause: Error) => {
      throw new PlainFailure(`Kubernetes ${name} could not be built: ${cause.message}`, { cause });
    });
    there.push(target);
  }
  return there;
}

interface RunOptions {
  readonly ownNetwork: boolean;
  readonly record: boolean;
  readonly args: readonly string[];
}

async function run(target: Target, { ownNetwork, record, args }: RunOptions): Promise<number> {
  const { name } = target;
  process.stdout.write(`\n=== e2e on ${name === embedded.name ? "the embedded cluster" : `Kubernetes ${name}`}\n`);
  // Whoever started this program goes on when it is killed, and cleans up.
  await using folder = new RunFolder({ pid: process.ppid });
  const requests = join(folder.path, "requests.jsonl");
  const result = await runVitest({
    name: `e2e on ${name}`,
    node: process.execPath,
    args: ["--root", "tooling/e2e", ...args],
    environment: {
      [targetVariable]: name,
      [requestsVariable]: requests,
      TMPDIR: folder.path,
      ...(ownNetwork ? networkEnvironment : {}),
    },
    ...(ownNetwork ? { within: (command: readonly string[]) => inOwnNetwork(command) ?? command } : {}),
  });
  keepResult("e2e", result);
  if (record) recordRun({ target, report: result.report });
  if (record && target.release !== undefined) recordRequests(target.release, requests);
  return result.failed;
}

process.exitCode = await exitCodeOf(() => e2e(process.argv.slice(2)));
