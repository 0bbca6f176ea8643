import type { DeploymentSpec, Job } from "@virtual-kubelet/kubernetes";

export function deploymentSpecWithDefaults(spec: DeploymentSpec): DeploymentSpec {
  const type = spec.strategy?.type ?? "RollingUpdate";
  const rollingUpdate = { maxUnavailable: "25%", maxSurge: "25%", ...spec.strategy?.rollingUpdate };
  const strategy = { ...spec.strategy, type, ...(type === "RollingUpdate" ? { rollingUpdate } : {}) };
  return { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600, ...spec, strategy };
}

/** Defaults of a job, and the labels by which it knows its pods: made from its UID, so they come once it has one. */
export function jobWithDefaults(job: Job): Job {
  const spec = job.spec;
  if (!spec) return job;
  const counts =
    spec.parallelism === undefined && spec.completions === undefined
      ? { completions: 1, parallelism: 1 }
      : { parallelism: 1 };
  const withCounts = {
    ...counts,
    backoffLimit: 6,
    completionMode: "NonIndexed",
    suspend: false,
    manualSelector: false,
    podReplacementPolicy: "TerminatingOrFailed",
    ...spec,
  };
  const { uid, name } = job.metadata;
  if (!uid || spec.manualSelector === true || spec.selector || !spec.template) return { ...job, spec: withCounts };
  const labels = {
    "batch.kubernetes.io/controller-uid": uid,
    "batch.kubernetes.io/job-name": name,
    "controller-uid": uid,
    "job-name": name,
  };
  const template = spec.template;
  return {
    ...job,
    metadata: { ...job.metadata, labels: job.metadata.labels ?? { ...template.metadata?.labels, ...labels } },
    spec: {
      ...withCounts,
      selector: { matchLabels: { "batch.kubernetes.io/controller-uid": uid } },
      template: {
        ...template,
        metadata: { ...template.metadata, labels: { ...template.metadata?.labels, ...labels } },
      },
    },
  };
}
