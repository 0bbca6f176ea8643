import type {
  CertificateSigningRequest,
  ConfigMap,
  Deployment,
  Event,
  Job,
  Lease,
  Namespace,
  Node,
  Pod,
  ReplicaSet,
  Secret,
  Service,
  ServiceAccount,
  SubjectAccessReview,
  TokenReview,
} from "../objects/generated/kubernetes-objects.ts";

declare const objectType: unique symbol;

/** A kind of object and where the API server has it. For a kind of your own: `const widgets: Resource<Widget> = { … }`. */
export interface Resource<T> {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Never there: it only lets the compiler know what the objects look like. */
  readonly [objectType]?: T;
}

/** Which object of a resource; the namespace is required where the resource has them. */
export interface ObjectName {
  readonly namespace?: string;
  readonly name: string;
}

/** The resources that this project speaks of. */
export const resources: {
  readonly certificateSigningRequests: Resource<CertificateSigningRequest>;
  readonly configMaps: Resource<ConfigMap>;
  readonly deployments: Resource<Deployment>;
  readonly events: Resource<Event>;
  readonly jobs: Resource<Job>;
  readonly leases: Resource<Lease>;
  readonly namespaces: Resource<Namespace>;
  readonly nodes: Resource<Node>;
  readonly pods: Resource<Pod>;
  readonly replicaSets: Resource<ReplicaSet>;
  readonly secrets: Resource<Secret>;
  readonly serviceAccounts: Resource<ServiceAccount>;
  readonly services: Resource<Service>;
  readonly subjectAccessReviews: Resource<SubjectAccessReview>;
  readonly tokenReviews: Resource<TokenReview>;
} = {
  certificateSigningRequests: cluster("certificates.k8s.io", "certificatesigningrequests", "CertificateSigningRequest"),
  configMaps: namespaced("", "configmaps", "ConfigMap"),
  deployments: namespaced("apps", "deployments", "Deployment"),
  events: namespaced("", "events", "Event"),
  jobs: namespaced("batch", "jobs", "Job"),
  leases: namespaced("coordination.k8s.io", "leases", "Lease"),
  namespaces: cluster("", "namespaces", "Namespace"),
  nodes: cluster("", "nodes", "Node"),
  pods: namespaced("", "pods", "Pod"),
  replicaSets: namespaced("apps", "replicasets", "ReplicaSet"),
  secrets: namespaced("", "secrets", "Secret"),
  serviceAccounts: namespaced("", "serviceaccounts", "ServiceAccount"),
  services: namespaced("", "services", "Service"),
  subjectAccessReviews: cluster("authorization.k8s.io", "subjectaccessreviews", "SubjectAccessReview"),
  tokenReviews: cluster("authentication.k8s.io", "tokenreviews", "TokenReview"),
};

function namespaced<T>(group: string, plural: string, kind: string): Resource<T> {
  return { group, version: "v1", plural, kind, namespaced: true };
}

function cluster<T>(group: string, plural: string, kind: string): Resource<T> {
  return { group, version: "v1", plural, kind, namespaced: false };
}
