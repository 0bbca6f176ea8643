import type { Deployment, Job, LabelSelector, PodTemplateSpec, ReplicaSet } from "@virtual-kubelet/kubernetes";
import { age, humanDuration } from "./human-duration.ts";
import type { TableDefinition } from "./table.ts";

export const deploymentTable: TableDefinition<Deployment> = {
  columns: ["Name", "Ready", "Up-to-date", "Available", "Age", "+Containers", "+Images", "+Selector"],
  cells: ({ metadata, spec, status }, now) => [
    metadata.name,
    `${status?.readyReplicas ?? 0}/${spec.replicas ?? 1}`,
    status?.updatedReplicas ?? 0,
    status?.availableReplicas ?? 0,
    age(metadata.creationTimestamp, now),
    ...templateCells(spec.template),
    selectorText(spec.selector),
  ],
};

export const replicaSetTable: TableDefinition<ReplicaSet> = {
  columns: ["Name", "Desired", "Current", "Ready", "Age", "+Containers", "+Images", "+Selector"],
  cells: ({ metadata, spec, status }, now) => [
    metadata.name,
    spec.replicas ?? 1,
    status?.replicas ?? 0,
    status?.readyReplicas ?? 0,
    age(metadata.creationTimestamp, now),
    ...templateCells(spec.template),
    selectorText(spec.selector),
  ],
};

export const jobTable: TableDefinition<Job> = {
  columns: ["Name", "Status", "Completions", "Duration", "Age", "+Containers", "+Images", "+Selector"],
  cells: (job, now) => [
    job.metadata.name,
    jobStatusText(job),
    completions(job),
    duration(job, now),
    age(job.metadata.creationTimestamp, now),
    ...templateCells(job.spec.template),
    selectorText(job.spec.selector),
  ],
};

function templateCells(template: PodTemplateSpec | undefined): readonly string[] {
  const containers = template?.spec?.containers ?? [];
  return [
    containers.map((container) => container.name).join(","),
    containers.map((container) => container.image ?? "").join(","),
  ];
}

/** A label selector as one writes it on the command line. */
export function selectorText(selector: LabelSelector | undefined): string {
  const equal = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const others = (selector?.matchExpressions ?? []).map(({ key, operator, values = [] }) => {
    if (operator === "Exists") return key;
    if (operator === "DoesNotExist") return `!${key}`;
    return `${key} ${operator.toLowerCase()} (${values.join(",")})`;
  });
  return [...equal, ...others].toSorted().join(",") || "<none>";
}

function jobStatusText(job: Job): string {
  const isTrue = (type: string): boolean =>
    job.status?.conditions?.some((one) => one.type === type && one.status === "True") ?? false;
  if (isTrue("Complete")) return "Complete";
  if (isTrue("Failed")) return "Failed";
  if (job.metadata.deletionTimestamp !== undefined) return "Terminating";
  if (isTrue("Suspended")) return "Suspended";
  if (isTrue("FailureTarget")) return "FailureTarget";
  return isTrue("SuccessCriteriaMet") ? "SuccessCriteriaMet" : "Running";
}

function completions({ spec, status }: Job): string {
  const succeeded = status?.succeeded ?? 0;
  if (spec.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const parallelism = spec.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function duration({ status }: Job, now: Date): string {
  if (!status?.startTime) return "";
  const end = status.completionTime ? Date.parse(status.completionTime) : now.getTime();
  return humanDuration(end - Date.parse(status.startTime));
}
