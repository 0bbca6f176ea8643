import { parseArgs } from "node:util";
import { exitCodeOf, PlainFailure } from "@virtual-kubelet/bootstrap/plain-failure";
import { keepResult } from "@virtual-kubelet/bootstrap/results";
import { runVitest } from "@virtual-kubelet/bootstrap/run-vitest";
import {
  areBuilt,
  binaries,
  controlPlanePrograms,
  defaultVersions,
  goMissing,
  hasGo,
  newestVersion,
} from "@virtual-kubelet/control-plane";
import { isCarried, kubectl, kubectlVersions } from "@virtual-kubelet/integration/kubectl";
import { recordRun, writeCompatibility } from "./compatibility/kept-records.ts";
import { RunFolder, endKilledRuns } from "./suite/run-folder.ts";
import { embedded, type Target, targetNamed, targetVariable } from "./targets/target.ts";
import { inOwnNetwork, networkEnvironment } from "./targets/own-network.ts";

const usage = `npm run e2e -- [--kubernetes VERSION,…] [--strict] [--record] [FILE …] [-- arguments of vitest]

  --kubernetes   the control planes, beside the embedded cluster, instead of ${defaultVersions.join(" and ")}: 1.34, 1.36.1, newest, none
  --strict       what cannot be run here is a failure, not skipped
  --record       keeps what is found in tooling/e2e/records, and writes docs/compatibility.md anew
`;

const noNetwork =
  "cases in which the API server calls a node's address, or a pod's: it refuses loopback, and no network namespace can be made here (with unshare and ip, on Linux)";

/** The same suite on the embedded cluster and on real control planes, one after the other. */
async function e2e(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      kubernetes: { type: "string" },
      strict: { type: "boolean" },
      record: { type: "boolean" },
      help: { type: "boolean" },
    },
    allowPositionals: true,
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const skip = (what: string): void => {
    if (values.strict) throw new PlainFailure(`This cannot be run: ${what}.`);
    process.stdout.write(`Skipped: ${what}.\n`);
  };
  const real = await realTargets(versionsOf(values.kubernetes), skip);
  // Nothing can be fetched from inside of a network of one's own.
  await Promise.all([kubectl(), ...(isCarried ? kubectlVersions.map((version) => kubectl(version)) : [])]);
  const ownNetwork = inOwnNetwork([]) !== undefined;
  if (!ownNetwork) skip(noNetwork);
  await endKilledRuns();
  let failed = 0;
  for (const target of [embedded, ...real])
    failed += await run(target, { ownNetwork, record: values.record ?? false, args: positionals });
  if (values.record) writeCompatibility();
  return failed > 0 ? 1 : 0;
}

function versionsOf(list: string | undefined): readonly string[] {
  if (list === undefined) return defaultVersions;
  if (list === "none") return [];
  return list.split(",").map((version) => (version === "newest" ? newestVersion : version.trim()));
}

/** Built, if they were not before. */
async function realTargets(versions: readonly string[], skip: (what: string) => void): Promise<Target[]> {
  const targets = versions.map(targetOf);
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  for (const { name } of targets) {
    if (!(await areBuilt(name, controlPlanePrograms)) && !(await hasGo())) {
      skip(`real control planes. ${goMissing}`);
      return [];
    }
    await binaries(name, { programs: controlPlanePrograms, say });
  }
  return targets;
}

function targetOf(version: string): Target {
  try {
    return targetNamed(version);
  } catch (error) {
    throw error instanceof RangeError ? new PlainFailure(`--kubernetes: ${error.message}.`) : error;
  }
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
  const result = await runVitest({
    name: `e2e on ${name}`,
    node: process.execPath,
    args: ["--root", "tooling/e2e", ...args],
    environment: { [targetVariable]: name, TMPDIR: folder.path, ...(ownNetwork ? networkEnvironment : {}) },
    ...(ownNetwork ? { within: (command: readonly string[]) => inOwnNetwork(command) ?? command } : {}),
  });
  keepResult("e2e", result);
  if (record) recordRun({ target, report: result.report });
  return result.failed;
}

process.exitCode = await exitCodeOf(() => e2e(process.argv.slice(2)));
