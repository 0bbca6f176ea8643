import type { ContainerStatus, PodStatus } from "@virtual-kubelet/kubernetes";

/** Whether nothing of a pod runs any more, or will. */
export function hasEnded(status: PodStatus | undefined): boolean {
  return status?.phase === "Succeeded" || status?.phase === "Failed";
}

export function isRunning(status: PodStatus | undefined): boolean {
  return status?.phase === "Running" && containerOf(status)?.state?.running !== undefined;
}

/** The status of a container; of `main` when none is named. */
export function containerOf(status: PodStatus | undefined, name = "main"): ContainerStatus | undefined {
  const { initContainerStatuses = [], containerStatuses = [] } = status ?? {};
  return [...initContainerStatuses, ...containerStatuses].find((one) => one.name === name);
}

/** What tells one run of a container from another. */
export function runOf(status: PodStatus | undefined, name = "main"): string {
  const { containerID = "", restartCount = 0, state } = containerOf(status, name) ?? {};
  return `${name} ${containerID} run ${restartCount} since ${state?.running?.startedAt ?? state?.terminated?.startedAt}`;
}

/** With what the container `main`, or another, has ended; `undefined` while it has not. */
export function exitCodeOf(status: PodStatus | undefined, name = "main"): number | undefined {
  return containerOf(status, name)?.state?.terminated?.exitCode;
}

/** Throws, with what there is to know of the end, when the container has ended with another exit code or has not ended. */
export function requireExitCode(status: PodStatus | undefined, code: number, name = "main"): void {
  const end = containerOf(status, name)?.state?.terminated;
  if (end?.exitCode === code) return;
  if (!end) throw new Error(`Container ${name} has not ended; it was to end with ${code}`);
  const { exitCode, reason = "no reason", message } = end;
  const why = [reason, message].filter(Boolean).join(": ");
  throw new Error(`Container ${name} has ended with ${exitCode} (${why}), and not with ${code}`);
}

const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** A time's milliseconds since 1970. Throws when it is none. */
export function timeOf(text: string | undefined, what: string): number {
  if (text === undefined || !moment.test(text) || Number.isNaN(Date.parse(text))) {
    throw new Error(`${what} is ${JSON.stringify(text)}, and not a time as RFC 3339 has it`);
  }
  return Date.parse(text);
}
