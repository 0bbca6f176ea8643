import type { Container, Pod, PodSpec } from "@virtual-kubelet/kubernetes";
import type { ContainerInstance, InstanceEnd, PodRecord, PodSituation } from "../src/index.ts";

/** The time that all situations are seen from. */
export const now: number = Date.parse("2026-01-01T00:00:00Z");

export function podOf(spec: Partial<PodSpec> = {}): Pod {
  const containers: Container[] = [{ name: "app", command: ["app"] }];
  return { metadata: { namespace: "default", name: "web", uid: "uid-1" }, spec: { containers, ...spec } };
}

export function recordOf(pod: Pod, rest: Partial<PodRecord> = {}): PodRecord {
  return { pod, revision: "v1:a", acceptedAtMs: now - 100_000, ...rest };
}

/** A run that started `ageSeconds` before now. */
export function ran(container: string, ageSeconds: number, rest: Partial<ContainerInstance> = {}): ContainerInstance {
  const attempt = rest.attempt ?? 0;
  const id = `test://${container}-${attempt}`;
  return { podUid: "uid-1", container, attempt, id, backoffMs: 0, startedAtMs: now - ageSeconds * 1000, ...rest };
}

/** An end `agoSeconds` before now. */
export function exited(code: number, agoSeconds = 0): { readonly end: InstanceEnd } {
  return { end: { exit: { type: "code", code }, finishedAtMs: now - agoSeconds * 1000 } };
}

export function situationOf(
  record: PodRecord,
  instances: readonly ContainerInstance[] = [],
  rest: Partial<PodSituation> = {},
): PodSituation {
  return { record, instances, starting: new Set(), failures: new Map(), ...rest };
}
