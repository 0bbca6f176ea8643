import type { Provider } from "@virtual-kubelet/provider";
import type { CheckArea } from "./conformance-check.ts";
import type { ConformanceTarget } from "./conformance-target.ts";
import type { FaultName } from "./faults.ts";
import type { Scene } from "./scene/scene.ts";
import type { WorkloadName } from "./workloads.ts";

export type OptionalMethod =
  | "updatePod"
  | "adoptPod"
  | "releasePod"
  | "watchPods"
  | "getContainerLogs"
  | "exec"
  | "attach"
  | "forwardPort"
  | "getStats"
  | "describeNode"
  | "watchNode"
  | "features"
  | "ping";

/** A check as it is written: what it needs, and what it does on a scene that has that. */
export interface CheckDefinition {
  readonly area: CheckArea;
  /** Without its area. */
  readonly word: string;
  readonly name: string;
  readonly workloads?: readonly WorkloadName[];
  /** Whether it runs commands in containers. */
  readonly commands?: true;
  readonly methods?: readonly OptionalMethod[];
  readonly faults?: readonly FaultName[];
  /** Whether it has two pods of one name at a time. */
  readonly namesakes?: true;
  run(scene: Scene): Promise<void>;
}

/** What the target lacks for a check, if it does: known before anything is made. */
export function lacking(check: CheckDefinition, { workloads, faults }: ConformanceTarget): string | undefined {
  for (const name of check.workloads ?? []) {
    const maker = workloads[name];
    if (maker === undefined) return `there is no workload here for "${name}"`;
    if (typeof maker === "string") return maker;
  }
  if (check.commands && typeof workloads.commands !== "object") {
    return workloads.commands ?? "there are no commands here for exec";
  }
  for (const name of check.faults ?? []) {
    const maker = faults?.[name];
    if (maker === undefined) return "no fault can be made here";
    if (typeof maker === "string") return maker;
  }
  return undefined;
}

/** What the provider lacks for a check, if it does. */
export function lackingIn(provider: Provider, { methods = [], namesakes }: CheckDefinition): string | undefined {
  const absent = methods.find((name) => provider[name] === undefined);
  if (absent) return `the provider has no ${absent}`;
  if (namesakes && provider.oneLifePerName) return "the backend has one pod of a name at a time (oneLifePerName)";
  return undefined;
}
