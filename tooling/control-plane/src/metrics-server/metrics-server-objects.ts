/** An object as it is sent, and the path of its collection. */
export interface SentObject {
  readonly path: string;
  readonly body: object;
}

export interface Place {
  /** Where it listens: the API server calls it there. */
  readonly address: string;
  readonly port: number;
  /** Whose certificate it shows, PEM. */
  readonly authority: string;
}

export const name = "metrics-server";
export const namespace = "kube-system";
/** What the API server calls it by. */
export const dnsName: string = `${name}.${namespace}.svc`;

const rbac = "rbac.authorization.k8s.io";

/**
 * What its own manifest creates, but for its Deployment, as it runs beside the cluster, and for its API, which is announced once
 * it runs.
 */
export function metricsServerObjects(place: Place): readonly SentObject[] {
  return [serviceAccount, ...rights, ...service(place)];
}

const metadata = { name, namespace };
const core = `/api/v1/namespaces/${namespace}`;
const serviceAccount: SentObject = { path: `${core}/serviceaccounts`, body: { metadata } };

const rights: readonly SentObject[] = [
  clusterRole({
    name: "system:aggregated-metrics-reader",
    labels: Object.fromEntries(
      ["view", "edit", "admin"].map((role) => [`rbac.authorization.k8s.io/aggregate-to-${role}`, "true"]),
    ),
    rules: [{ apiGroups: ["metrics.k8s.io"], resources: ["pods", "nodes"], verbs: ["get", "list", "watch"] }],
  }),
  clusterRole({
    name: "system:metrics-server",
    rules: [
      { apiGroups: [""], resources: ["nodes/metrics"], verbs: ["get"] },
      { apiGroups: [""], resources: ["pods", "nodes"], verbs: ["get", "list", "watch"] },
    ],
  }),
  binding({ name: "system:metrics-server", role: "system:metrics-server" }),
  binding({ name: "metrics-server:system:auth-delegator", role: "system:auth-delegator" }),
  {
    path: `/apis/${rbac}/v1/namespaces/${namespace}/rolebindings`,
    body: {
      metadata: { name: "metrics-server-auth-reader", namespace },
      roleRef: { apiGroup: rbac, kind: "Role", name: "extension-apiserver-authentication-reader" },
      subjects: [{ kind: "ServiceAccount", ...metadata }],
    },
  },
];

function clusterRole({
  rules,
  ...named
}: {
  readonly name: string;
  readonly labels?: object;
  readonly rules: object[];
}) {
  return { path: `/apis/${rbac}/v1/clusterroles`, body: { metadata: named, rules } };
}

function binding({ name: bindingName, role }: { readonly name: string; readonly role: string }): SentObject {
  const roleRef = { apiGroup: rbac, kind: "ClusterRole", name: role };
  const subjects = [{ kind: "ServiceAccount", ...metadata }];
  return { path: `/apis/${rbac}/v1/clusterrolebindings`, body: { metadata: { name: bindingName }, roleRef, subjects } };
}

/** It has no selector. Older API servers look for Endpoints, newer ones for EndpointSlices: both are there, and none is made from the other. */
function service({ address, port }: Place): readonly SentObject[] {
  const https = { name: "https", port, protocol: "TCP" };
  const skipMirror = { "endpointslice.kubernetes.io/skip-mirror": "true" };
  return [
    { path: `${core}/services`, body: { metadata, spec: { ports: [{ ...https, port: 443, targetPort: "https" }] } } },
    {
      path: `${core}/endpoints`,
      body: {
        metadata: { ...metadata, labels: skipMirror },
        subsets: [{ addresses: [{ ip: address }], ports: [https] }],
      },
    },
    {
      path: `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`,
      body: {
        metadata: { ...metadata, labels: { "kubernetes.io/service-name": name } },
        addressType: "IPv4",
        endpoints: [{ addresses: [address], conditions: { ready: true } }],
        ports: [https],
      },
    },
  ];
}

/** Says that it serves the metrics. Namespaces cannot be removed while an API that is announced has nobody behind it. */
export function apiService({ authority }: Place): SentObject {
  const spec = {
    group: "metrics.k8s.io",
    version: "v1beta1",
    service: { name, namespace },
    caBundle: Buffer.from(authority).toString("base64"),
    groupPriorityMinimum: 100,
    versionPriority: 100,
  };
  const path = "/apis/apiregistration.k8s.io/v1/apiservices";
  return { path, body: { metadata: { name: "v1beta1.metrics.k8s.io" }, spec } };
}
