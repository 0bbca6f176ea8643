import { kubectl } from "@virtual-kubelet/integration/kubectl";
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, stateDirectory } from "./local/checkout.ts";
import { LocalCluster } from "./local/local-cluster.ts";
import { exitCodeOf, PlainFailure } from "./local/plain-failure.ts";
import { Stopped, stopSignal } from "./local/stop-signal.ts";
import { firstDifference, transcriptOf } from "./tour/transcript.ts";
import { walkTour } from "./tour/walk.ts";

const directory = join(stateDirectory, "demo");
const transcriptFile = join(root, "tooling/bootstrap/transcripts/tour.txt");

/** `npm run demo`; with `-- --keep` what kubectl said becomes the transcript that later runs are compared with. */
async function demo(args: readonly string[]): Promise<number> {
  if (args.some((arg) => arg !== "--keep")) throw new PlainFailure("npm run demo takes nothing, or -- --keep.");
  const signal = stopSignal();
  try {
    const program = await findKubectl();
    const transcript = `${versionOf(program)}\n\n${await tour(program, signal)}`;
    nothingLeft();
    if (args.includes("--keep")) writeFileSync(transcriptFile, transcript);
    else compare(transcript);
    process.stdout.write("\nThe demo is over: everything was deleted and nothing is left behind.\n");
    return 0;
  } catch (error) {
    if (error instanceof Stopped) return 1;
    throw error;
  }
}

async function tour(program: string, signal: AbortSignal): Promise<string> {
  rmSync(directory, { recursive: true, force: true });
  const began = performance.now();
  await using cluster = await LocalCluster.start({ directory, port: 0, signal });
  await cluster.nodeReady(signal);
  process.stdout.write(
    `A cluster and its node are ready after ${((performance.now() - began) / 1000).toFixed(1)} s.\n`,
  );
  const say = (text: string): void => void process.stdout.write(text);
  return transcriptOf(await walkTour({ kubectl: program, kubeconfigFile: cluster.kubeconfigFile, signal, say }));
}

/** The one that the transcript is of, or else the user's own. */
async function findKubectl(): Promise<string> {
  try {
    return await kubectl();
  } catch (error) {
    const { status } = spawnSync("kubectl", ["version", "--client"]);
    if (status === 0) return "kubectl";
    throw new PlainFailure(`The demo needs kubectl. ${error instanceof Error ? error.message : ""}`, { cause: error });
  }
}

/** No process of the demo may be alive: the folder is in the arguments of its programs, and its containers work in it. */
function nothingLeft(): void {
  const left = execFileSync("ps", ["-eo", "pid=,args="], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes(directory) || workingDirectory(line.trim().split(" ")[0]).startsWith(directory));
  if (left.length > 0) throw new PlainFailure(`The demo left processes behind:\n${left.join("\n")}`);
  rmSync(directory, { recursive: true, force: true });
}

/** Where a process works, as far as the system tells. */
function workingDirectory(pid = ""): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return "";
  }
}

/** Other versions of kubectl have other words, so only the one of the transcript is compared. */
function compare(transcript: string): void {
  const kept = readFileSync(transcriptFile, "utf8");
  const [keptVersion] = kept.split("\n");
  const [version] = transcript.split("\n");
  if (version !== keptVersion) {
    process.stdout.write(`\nNot compared with the transcript: that is of ${keptVersion}, and this is ${version}.\n`);
    return;
  }
  const difference = firstDifference(kept, transcript);
  if (difference) throw new PlainFailure(`\nkubectl said something else than in ${transcriptFile}:\n${difference}`);
}

function versionOf(program: string): string {
  const output = execFileSync(program, ["version", "--client", "-o", "json"], { encoding: "utf8" });
  const { clientVersion } = JSON.parse(output) as { readonly clientVersion: { readonly gitVersion: string } };
  return `kubectl ${clientVersion.gitVersion}`;
}

process.exitCode = await exitCodeOf(() => demo(process.argv.slice(2)));
