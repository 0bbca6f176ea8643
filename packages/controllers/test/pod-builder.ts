import type { Pod, PodSpec, PodStatus } from "@virtual-kubelet/kubernetes";
import type { PodState } from "@virtual-kubelet/provider";
import { type PodRecord, newPodRecord } from "../src/pods/pod-record.ts";

interface PodParts {
  readonly metadata?: Partial<Pod["metadata"]>;
  readonly spec?: Partial<PodSpec>;
  readonly status?: PodStatus;
}

/** A pod of one container, with what a case is about. */
export function podOf({ metadata, spec, status }: PodParts = {}): Pod {
  return {
    metadata: { namespace: "default", name: "web", uid: "uid-1", resourceVersion: "1", ...metadata },
    spec: { containers: [{ name: "main", image: "app:1" }], nodeName: "edge", ...spec },
    ...(status ? { status } : {}),
  };
}

export const ref = { namespace: "default", name: "web", uid: "uid-1" };

export function stateOf(phase: string, parts: Partial<PodState> = {}): PodState {
  const state =
    phase === "Running"
      ? { running: { startedAt: "2026-01-01T00:00:00Z" } }
      : { terminated: { exitCode: phase === "Failed" ? 1 : 0 } };
  const status: PodStatus = {
    phase,
    containerStatuses: [
      { name: "main", image: "app:1", imageID: "", ready: phase === "Running", restartCount: 0, state },
    ],
  };
  return { ...ref, status, ...parts };
}

/** A status in which the cluster has seen the container run. */
export const seenRunning: PodStatus = stateOf("Running").status ?? {};

export function recordOf(parts: Partial<PodRecord> = {}): PodRecord {
  return { ...newPodRecord(ref), admitted: true, ...parts };
}
