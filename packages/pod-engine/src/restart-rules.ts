import type { Container, Pod } from "@virtual-kubelet/kubernetes";
import { isSidecar } from "@virtual-kubelet/pod-toolkit";
import type { ContainerInstance, InstanceEnd } from "./container-runtime.ts";

/** How long a container that keeps ending is left alone, in milliseconds. */
export interface Backoff {
  readonly initialMs: number;
  readonly maximumMs: number;
  /** A run of this length wipes the slate clean. */
  readonly resetAfterMs: number;
}

/** As a kubelet does. */
export const kubeletBackoff: Backoff = { initialMs: 10_000, maximumMs: 300_000, resetAfterMs: 600_000 };

/** When a container may be started again, and what it waits after that run. */
export interface Restart {
  readonly atMs: number;
  readonly backoffMs: number;
}

/** The exit code that a status shows: 128 and the signal's number for a signal, 137 for an end that nobody saw. */
export function exitCodeOf({ exit }: InstanceEnd): number {
  if (exit.type === "code") return exit.code;
  return exit.type === "signal" ? 128 + exit.signal : 137;
}

/** Whether a container that ended with this exit code is to be started again. */
export function restarts(pod: Pod, container: Container, exitCode: number): boolean {
  for (const rule of container.restartPolicyRules ?? []) {
    const listed = rule.exitCodes?.values?.includes(exitCode) ?? false;
    if (rule.action === "Restart" && (rule.exitCodes?.operator === "NotIn" ? !listed : listed)) return true;
  }
  const policy = container.restartPolicy ?? pod.spec.restartPolicy ?? "Always";
  return policy === "Always" || (policy === "OnFailure" && exitCode !== 0);
}

/** As `restarts`, for an init container: one that has succeeded is done, whatever the policy. */
export function initRestarts(pod: Pod, container: Container, exitCode: number): boolean {
  if (isSidecar(container)) return true;
  return exitCode !== 0 && restarts(pod, container, exitCode);
}

/**
 * When a run may follow `last`. The first restart is at once; each further one waits twice as long as the one before.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/kuberuntime/kuberuntime_manager.go (`doBackOff`)
 */
export function restartAfter(last: ContainerInstance, end: InstanceEnd, backoff: Backoff): Restart {
  const ranMs = end.finishedAtMs - last.startedAtMs;
  if (last.backoffMs === 0 || ranMs > backoff.resetAfterMs) {
    return { atMs: end.finishedAtMs, backoffMs: backoff.initialMs };
  }
  return {
    atMs: end.finishedAtMs + last.backoffMs,
    backoffMs: Math.min(last.backoffMs * 2, backoff.maximumMs),
  };
}

/** A duration as kubelet writes it: `10s`, `1m20s`, `5m0s`. */
export function durationText(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds}s`;
  return `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
