import { readFileSync } from "node:fs";
import type { ContainerState, PodStatus } from "@virtual-kubelet/kubernetes";
import { type NomadPod, podFromJob } from "../src/pod-from-job.ts";

/** What Nomad 1.6.1 said of a job, from one change to the next; recorded from a real server. */
export function recorded(name: string): readonly NomadPod[] {
  return JSON.parse(readFileSync(new URL(`recorded/${name}.json`, import.meta.url), "utf8")) as NomadPod[];
}

/** The statuses that come of it one after the other, each a line, without those that say the same. */
export function told(jobs: readonly NomadPod[]): readonly string[] {
  const lines: string[] = [];
  let previous: PodStatus | undefined;
  for (const job of jobs) {
    previous = podFromJob(job, previous ? { previous } : {})?.status;
    const line = previous ? lineOf(previous) : "not ours";
    if (line !== lines.at(-1)) lines.push(line);
  }
  return lines;
}

function lineOf(status: PodStatus): string {
  const all = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  const containers = all.map(({ name, state, lastState, restartCount }) => {
    const restarts = restartCount > 0 ? ` after ${restartCount} restarts` : "";
    const last = lastState?.terminated ? ` (last ${lastState.terminated.exitCode})` : "";
    return `${name} ${stateText(state ?? {})}${restarts}${last}`;
  });
  return `${status.phase}${status.reason ? ` ${status.reason}` : ""}: ${containers.join(", ")}`;
}

function stateText({ waiting, running, terminated }: ContainerState): string {
  if (terminated) return `${terminated.reason} ${terminated.exitCode}`;
  return running ? "runs" : (waiting?.reason ?? "nothing");
}
