import type { Call, ContainerRef } from "@virtual-kubelet/provider";
import { ProviderError } from "@virtual-kubelet/provider";
import type { NomadAllocation, NomadTaskState } from "../api/allocation.ts";
import type { NomadClient } from "../client.ts";
import { requests } from "../client/requests.ts";
import { currentAllocation } from "../watch/current-allocation.ts";

/** The task of an allocation that a container is now, or was last. */
export interface TaskRef {
  readonly allocation: NomadAllocation;
  readonly task: string;
  readonly state: NomadTaskState | undefined;
}

/** Where a container runs. `NotFound` when its pod has no place, or no container of this name. */
export async function findTask(
  client: NomadClient,
  { jobId, container: { pod, container } }: { readonly jobId: string; readonly container: ContainerRef },
  call: Call,
): Promise<TaskRef> {
  const allocations = await client.json<readonly NomadAllocation[]>(requests.jobAllocations(jobId), call);
  const allocation = currentAllocation(allocations);
  if (!allocation) {
    const why = "Nomad has found no place for it yet, or has let go of it; see `kubectl describe pod`";
    throw new ProviderError("NotFound", `pod "${pod.namespace}/${pod.name}" runs nowhere: ${why}`);
  }
  const { TaskStates } = allocation;
  const state = TaskStates?.[container];
  if (TaskStates && !state) {
    throw new ProviderError("NotFound", `pod "${pod.namespace}/${pod.name}" has no container "${container}"`);
  }
  return { allocation, task: container, state };
}

/** `NotFound` unless the task runs. */
export function assertRunning({ task, state }: TaskRef, { pod }: ContainerRef): void {
  if (state?.State === "running") return;
  const advice = "see `kubectl describe pod` for its state";
  throw new ProviderError("NotFound", `container "${task}" in pod "${pod.name}" does not run; ${advice}`);
}
