/** The objects that exchanges begin with. */
type Json = Readonly<Record<string, unknown>>;

export function configMap(name: string, more: Json = {}): Json {
  const { metadata, ...rest } = more as { metadata?: Json };
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, ...metadata }, ...rest };
}

/** A pod that no scheduler touches, and without a token, which only a real cluster has. */
export function pod(name: string, spec: Json = {}, metadata: Json = {}): Json {
  const gates = { schedulingGates: [{ name: "example.com/wait" }] };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, ...metadata },
    spec: {
      ...("nodeName" in spec ? {} : gates),
      automountServiceAccountToken: false,
      serviceAccountName: "default",
      containers: [{ name: "main", image: "x:1" }],
      ...spec,
    },
  };
}

/** A pod of a node that is not there, so that its deletion waits. */
export function boundPod(name: string, spec: Json = {}, metadata: Json = {}): Json {
  return pod(name, { nodeName: "nowhere", ...spec }, metadata);
}

const template = { metadata: { labels: { app: "x" } }, spec: { containers: [{ name: "main", image: "x:1" }] } };
const selector = { matchLabels: { app: "x" } };

/** Of no pods. */
export function deployment(name: string, spec: Json = {}): Json {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: { replicas: 0, selector, template, ...spec },
  };
}

export function replicaSet(name: string, spec: Json = {}): Json {
  return { ...deployment(name, spec), kind: "ReplicaSet" };
}

/** One that has not begun. */
export function job(name: string, spec: Json = {}): Json {
  const podTemplate = { spec: { restartPolicy: "Never", containers: [{ name: "main", image: "x:1" }] } };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name },
    spec: { suspend: true, template: podTemplate, ...spec },
  };
}

export function node(name: string, more: Json = {}): Json {
  return { apiVersion: "v1", kind: "Node", metadata: { name }, ...more };
}

export function lease(name: string, spec: Json = {}): Json {
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name },
    spec: { holderIdentity: "somebody", leaseDurationSeconds: 40, ...spec },
  };
}
