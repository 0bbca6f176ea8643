import { topic } from "../exchange.ts";
import { first, get, post } from "../request/requests.ts";
import { configMap, deployment, job, lease, node, pod, replicaSet } from "../request/objects.ts";
import * as at from "../request/paths.ts";

export const creating = topic("creating", {
  "a ConfigMap": [post(at.configMaps, configMap("plain", { data: { a: "1" } })), get(`${at.configMaps}/plain`)],
  "a ConfigMap of which neither kind nor version is said": [post(at.configMaps, { metadata: { name: "bare" } })],
  "a ConfigMap with labels, annotations and binary data": [
    post(
      at.configMaps,
      configMap("rich", { metadata: { labels: { a: "b" }, annotations: { "x/y": "z" } }, binaryData: { b: "AAEC" } }),
    ),
  ],
  "a Secret, whose text is encoded": [
    post(at.secrets, { metadata: { name: "text" }, data: { a: "YQ==" }, stringData: { b: "two" } }),
  ],
  "a Secret of a type": [post(at.secrets, { metadata: { name: "typed" }, type: "example.com/any" })],
  "a ServiceAccount": [post(at.serviceAccounts, { metadata: { name: "robot" } })],
  "an Event": [
    post(at.events, {
      metadata: { name: "happened" },
      involvedObject: { kind: "Pod", namespace: "{ns}", name: "a" },
      reason: "Happened",
      message: "It has happened",
      type: "Normal",
      count: 1,
      firstTimestamp: "2020-01-01T00:00:00Z",
      lastTimestamp: "2020-01-01T00:00:00Z",
      source: { component: "test" },
    }),
  ],
  "an Event of something in another namespace": [
    post(at.events, {
      metadata: { name: "elsewhere" },
      involvedObject: { kind: "Pod", namespace: "default", name: "a" },
    }),
  ],
  "a Lease": [post(at.leases, lease("mine", { renewTime: "2020-01-01T00:00:00.000000Z" }))],
  "a Namespace": [post(at.namespaces, { metadata: { name: "contract-created" } })],
  "a Node": [post(at.nodes, node("created", { metadata: { name: "created", labels: { a: "b" } } }))],
  "a Node with taints and status": [
    post(
      at.nodes,
      node("full", {
        spec: { taints: [{ key: "only", effect: "NoSchedule" }], providerID: "test://1" },
        status: { capacity: { cpu: "4", memory: "8Gi", pods: 10 }, nodeInfo: { kubeletVersion: "v1.30.0" } },
      }),
    ),
  ],
  "a Pod": [post(at.pods, pod("plain"))],
  "a Pod bound to a node": [post(at.pods, pod("bound", { nodeName: "nowhere" }))],
  "a Pod with requests, limits, probes, ports and environment": [
    post(
      at.pods,
      pod("full", {
        terminationGracePeriodSeconds: 5,
        restartPolicy: "OnFailure",
        containers: [
          {
            name: "main",
            image: "example.com/a/b",
            resources: { requests: { cpu: "500m" }, limits: { cpu: 1, memory: "1Gi" } },
            livenessProbe: { httpGet: { port: 80 } },
            readinessProbe: { exec: { command: ["true"] } },
            startupProbe: { tcpSocket: { port: "web" } },
            ports: [{ name: "web", containerPort: 80 }],
            env: [
              { name: "A", value: "b" },
              { name: "NODE", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
              { name: "KEY", valueFrom: { secretKeyRef: { name: "s", key: "k", optional: true } } },
            ],
            lifecycle: { preStop: { exec: { command: ["true"] } } },
          },
        ],
      }),
    ),
  ],
  "a Pod that is guaranteed what it needs": [
    post(
      at.pods,
      pod("guaranteed", {
        containers: [{ name: "main", image: "x:1", resources: { limits: { cpu: "1", memory: "1Gi" } } }],
      }),
    ),
  ],
  "a Pod with volumes and init containers": [
    post(
      at.pods,
      pod("volumes", {
        initContainers: [
          { name: "before", image: "x:1" },
          { name: "beside", image: "x:latest", restartPolicy: "Always" },
        ],
        containers: [{ name: "main", image: "x@sha256:1", volumeMounts: [{ name: "cm", mountPath: "/cm" }] }],
        volumes: [
          { name: "cm", configMap: { name: "c" } },
          { name: "secret", secret: { secretName: "s" } },
          { name: "empty", emptyDir: {} },
          { name: "none" },
          { name: "host", hostPath: { path: "/x" } },
          { name: "down", downwardAPI: { items: [{ path: "l", fieldRef: { fieldPath: "metadata.labels" } }] } },
          { name: "all", projected: { sources: [{ configMap: { name: "c" } }] } },
        ],
      }),
    ),
  ],
  "a Pod with tolerations and a service account": [
    first(post(at.serviceAccounts, { metadata: { name: "of-a-pod" } })),
    post(at.pods, pod("tolerant", { serviceAccountName: "of-a-pod", tolerations: [{ operator: "Exists" }] })),
  ],
  "a Pod with a mounted token": [post(at.pods, pod("token", { automountServiceAccountToken: true }))],
  "a Pod whose service account is missing": [post(at.pods, pod("homeless", { serviceAccountName: "nobody" }))],
  "a Pod with a status, which is not taken": [
    post(at.pods, { ...pod("pretender"), status: { phase: "Running", podIP: "10.0.0.1" } }),
  ],
  "a Deployment": [post(at.deployments, deployment("plain"))],
  "a Deployment that recreates": [post(at.deployments, deployment("recreate", { strategy: { type: "Recreate" } }))],
  "a ReplicaSet": [post(at.replicaSets, replicaSet("plain"))],
  "a Job": [post(at.jobs, job("plain"))],
  "a Job of many": [
    post(at.jobs, job("many", { parallelism: 3, completions: 9, backoffLimit: 1, activeDeadlineSeconds: 60 })),
  ],
  "a Job of many without a number": [post(at.jobs, job("queue", { parallelism: 3 }))],
  "a Job that is indexed": [post(at.jobs, job("indexed", { completionMode: "Indexed", completions: 2 }))],
  "a Service": [
    post(at.services, { metadata: { name: "plain" }, spec: { selector: { app: "x" }, ports: [{ port: 80 }] } }),
  ],
  "a headless Service": [
    post(at.services, {
      metadata: { name: "headless" },
      spec: { clusterIP: "None", ports: [{ port: 80, targetPort: "web" }] },
    }),
  ],
  "a Service of node ports": [
    post(at.services, {
      metadata: { name: "ports" },
      spec: { type: "NodePort", ports: [{ port: 80, nodePort: 30_080 }] },
    }),
  ],
  "a Service for a name elsewhere": [
    post(at.services, { metadata: { name: "external" }, spec: { type: "ExternalName", externalName: "example.com" } }),
  ],
  "what is there already": [first(post(at.configMaps, configMap("twice"))), post(at.configMaps, configMap("twice"))],
  "what is there already, of another group": [
    first(post(at.deployments, deployment("twice"))),
    post(at.deployments, deployment("twice")),
  ],
  "a name that the server makes up": [
    post(at.configMaps, { metadata: { generateName: "any-" } }),
    post(at.configMaps, { metadata: { generateName: "any-", name: "own" } }),
  ],
  "into a namespace that is not there": [post("/api/v1/namespaces/none/configmaps", configMap("a"))],
  "a Pod into a namespace that is not there": [post("/api/v1/namespaces/none/pods", pod("a"))],
  "into another namespace than that of the path": [
    post(at.configMaps, configMap("elsewhere", { metadata: { namespace: "default" } })),
  ],
  "with a version of its own": [post(at.configMaps, configMap("versioned", { metadata: { resourceVersion: "5" } }))],
  "with a UID and a time of its own": [
    post(
      at.configMaps,
      configMap("forged", {
        metadata: { uid: "11111111-1111-1111-1111-111111111111", creationTimestamp: "2000-01-01T00:00:00Z" },
      }),
    ),
  ],
  "with finalizers and owners": [
    post(
      at.configMaps,
      configMap("kept", {
        metadata: {
          finalizers: ["example.com/keep"],
          ownerReferences: [
            { apiVersion: "v1", kind: "Namespace", name: "x", uid: "11111111-1111-1111-1111-111111111111" },
          ],
        },
      }),
    ),
  ],
  "only tried": [post(`${at.configMaps}?dryRun=All`, configMap("tried")), get(`${at.configMaps}/tried`)],
  "a Pod only tried": [post(`${at.pods}?dryRun=All`, pod("tried")), get(`${at.pods}/tried`)],
  "a Service only tried": [
    post(`${at.services}?dryRun=All`, { metadata: { name: "tried" }, spec: { ports: [{ port: 80 }] } }),
  ],
  "only half tried": [post(`${at.configMaps}?dryRun=Some`, configMap("half"))],
});
