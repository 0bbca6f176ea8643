import type {
  Deployment,
  Job,
  Namespace,
  Node,
  Pod,
  ReplicaSet,
  Resource,
  Secret,
  Service,
  StoredObject,
} from "@virtual-kubelet/kubernetes";
import { podSpecWithDefaults, podWithDefaults } from "./pod-defaults.ts";
import { serviceWithDefaults } from "./service-defaults.ts";
import { deploymentSpecWithDefaults, jobWithDefaults } from "./workload-defaults.ts";

type Defaults = (object: StoredObject) => StoredObject;

/** One row per kind that has defaults of its own. */
const defaultsOfKind: Readonly<Record<string, Defaults>> = {
  Pod: (object) => podWithDefaults(object as Pod),
  Deployment: (object) => withTemplate(deploymentWithDefaults(object as Deployment)),
  ReplicaSet: (object) => withTemplate(replicaSetWithDefaults(object as ReplicaSet)),
  Job: (object) => withTemplate(jobWithDefaults(object as Job)),
  Service: (object) => serviceWithDefaults(object as Service),
  Secret: (object) => secretWithDefaults(object as Secret),
  Namespace: (object) => namespaceWithDefaults(object),
  // In Go it is always there: controllers and tables look into it.
  Event: (object) => eventWithDefaults(object),
  Node: (object) => nodeWithDefaults(object as Node),
};

/** What the real server makes of an object before it looks at it: the defaults of its kind. Doing it again changes nothing. */
export function withDefaults(resource: Resource<unknown>, object: StoredObject): StoredObject {
  const apiVersion = resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
  const typed = { ...object, apiVersion, kind: resource.kind };
  return defaultsOfKind[resource.kind]?.(typed) ?? typed;
}

function eventWithDefaults(event: StoredObject): StoredObject {
  const empty = { involvedObject: {}, eventTime: null, reportingComponent: "", reportingInstance: "" };
  return { ...empty, ...event };
}

/** What there is of each resource is there for pods, unless the node says less. */
function nodeWithDefaults(node: Node): Node {
  const { capacity, allocatable = capacity } = node.status ?? {};
  const status = allocatable ? { status: { ...node.status, allocatable } } : {};
  return { ...node, spec: (node as Partial<Node>).spec ?? {}, ...status };
}

interface Workload extends StoredObject {
  readonly spec?: { readonly template?: { readonly spec?: Pod["spec"] } };
}

function deploymentWithDefaults(deployment: Deployment): Deployment {
  return deployment.spec ? { ...deployment, spec: deploymentSpecWithDefaults(deployment.spec) } : deployment;
}

function replicaSetWithDefaults(replicaSet: ReplicaSet): ReplicaSet {
  return replicaSet.spec ? { ...replicaSet, spec: { replicas: 1, ...replicaSet.spec } } : replicaSet;
}

function withTemplate(object: StoredObject): StoredObject {
  const { spec } = object as Workload;
  const { template } = spec ?? {};
  if (!template?.spec) return object;
  return {
    ...object,
    spec: { ...spec, template: { ...template, spec: podSpecWithDefaults(template.spec) } },
  } as StoredObject;
}

function secretWithDefaults(secret: Secret): Secret {
  const { stringData, ...rest } = secret;
  const encoded = Object.entries(stringData ?? {}).map(([key, text]) => [key, Buffer.from(text).toString("base64")]);
  const data = { ...secret.data, ...Object.fromEntries(encoded) };
  return { ...rest, type: secret.type || "Opaque", ...(Object.keys(data).length > 0 ? { data } : {}) };
}

function namespaceWithDefaults(namespace: Namespace): Namespace {
  const { metadata } = namespace;
  return {
    ...namespace,
    metadata: { ...metadata, labels: { ...metadata.labels, "kubernetes.io/metadata.name": metadata.name } },
    spec:
      metadata.deletionTimestamp === undefined
        ? { finalizers: ["kubernetes"], ...namespace.spec }
        : (namespace.spec ?? {}),
    status: { phase: "Active", ...namespace.status },
  };
}
