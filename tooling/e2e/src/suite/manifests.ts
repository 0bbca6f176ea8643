/** A container that runs a shell script: a process of the host has no image. */
export function container(script: string, more: object = {}): object {
  return { name: "main", image: "host", command: ["sh", "-c", script], ...more };
}

/** What runs until it is told to end, and ends at once then. */
export const forEver = "exec sleep 1000000";

export function podSpec(script: string, more: object = {}): object {
  return { terminationGracePeriodSeconds: 5, containers: [container(script)], ...more };
}

export function pod(name: string, script: string, more: object = {}): object {
  return { apiVersion: "v1", kind: "Pod", metadata: { name, labels: { app: name } }, spec: podSpec(script, more) };
}

export interface WorkloadOptions {
  readonly name: string;
  readonly replicas?: number;
  readonly script?: string;
  /** More of the pods' spec. */
  readonly podSpec?: object;
  /** More of the workload's own spec. */
  readonly spec?: object;
}

/** A Deployment, ReplicaSet, StatefulSet or DaemonSet. */
export function workload(kind: string, options: WorkloadOptions): object {
  const { name, replicas, script = forEver, podSpec: more = {}, spec = {} } = options;
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: { name },
    spec: {
      ...(replicas === undefined ? {} : { replicas }),
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podSpec(script, more) },
      ...spec,
    },
  };
}

export function job(name: string, script: string, spec: object = {}): object {
  const template = { spec: podSpec(script, { restartPolicy: "Never" }) };
  return { apiVersion: "batch/v1", kind: "Job", metadata: { name }, spec: { template, ...spec } };
}
