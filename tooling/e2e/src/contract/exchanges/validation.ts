import { topic } from "../exchange.ts";
import { first, post, put } from "../request/requests.ts";
import { configMap, deployment, job, node, pod, replicaSet } from "../request/objects.ts";
import * as at from "../request/paths.ts";

const long = "x".repeat(254);
const container = { name: "main", image: "x:1" };
/** Nothing comes of it where it is not refused. */
const tried = (path: string) => `${path}?dryRun=All`;
const labelled = (labels: object) => ({ metadata: { labels } });
const template = (spec: object, labels: object = { app: "x" }) => ({ template: { metadata: { labels }, spec } });

export const validation = topic("validation", {
  "no name": [post(tried(at.configMaps), { metadata: {} })],
  "a name in capitals": [post(tried(at.configMaps), configMap("Capital"))],
  "a name with an underscore": [post(tried(at.pods), pod("a_b"))],
  "a name that is too long": [post(tried(at.configMaps), configMap(long))],
  "a name with a slash": [post(tried(at.configMaps), configMap("a/b"))],
  "a namespace whose name is no label": [post(tried(at.namespaces), { metadata: { name: "a.b" } })],
  "a service whose name begins with a digit": [
    post(tried(at.services), { metadata: { name: "1a" }, spec: { ports: [{ port: 80 }] } }),
  ],
  "a beginning of a name that cannot be one": [post(tried(at.configMaps), { metadata: { generateName: "_" } })],
  "a label that is none": [post(tried(at.configMaps), configMap("a", labelled({ a: "b c" })))],
  "a label that is too long": [post(tried(at.configMaps), configMap("a", labelled({ a: "x".repeat(64) })))],
  "a label's key that is none": [post(tried(at.configMaps), configMap("a", labelled({ "a b": "c" })))],
  "an annotation's key that is none": [
    post(tried(at.configMaps), configMap("a", { metadata: { annotations: { "a/b/c": "d" } } })),
  ],
  "a finalizer that is none": [post(tried(at.configMaps), configMap("a", { metadata: { finalizers: ["a b"] } }))],
  "a finalizer without a domain": [post(tried(at.configMaps), configMap("a", { metadata: { finalizers: ["mine"] } }))],
  "an owner that is not said in full": [
    post(tried(at.configMaps), configMap("a", { metadata: { ownerReferences: [{ apiVersion: "v1", kind: "Pod" }] } })),
  ],
  "two owners that control": [
    post(
      tried(at.configMaps),
      configMap("a", {
        metadata: {
          ownerReferences: ["one", "two"].map((name) => ({
            apiVersion: "v1",
            kind: "Pod",
            name,
            uid: name,
            controller: true,
          })),
        },
      }),
    ),
  ],
  "a ConfigMap's key that is none": [post(tried(at.configMaps), configMap("a", { data: { "a/b": "c" } }))],
  "a Pod without a spec": [post(tried(at.pods), { metadata: { name: "a" } })],
  "a Pod without containers": [post(tried(at.pods), pod("a", { containers: [] }))],
  "a container without a name": [post(tried(at.pods), pod("a", { containers: [{ image: "x:1" }] }))],
  "a container without an image": [post(tried(at.pods), pod("a", { containers: [{ name: "main" }] }))],
  "a container's name that is none": [post(tried(at.pods), pod("a", { containers: [{ name: "A_B", image: "x:1" }] }))],
  "two containers of one name": [post(tried(at.pods), pod("a", { containers: [container, container] }))],
  "a mount of no volume": [
    post(tried(at.pods), pod("a", { containers: [{ ...container, volumeMounts: [{ name: "v", mountPath: "/v" }] }] })),
  ],
  "two volumes of one name": [
    post(
      tried(at.pods),
      pod("a", {
        volumes: [
          { name: "v", emptyDir: {} },
          { name: "v", emptyDir: {} },
        ],
      }),
    ),
  ],
  "a restart policy that is none": [post(tried(at.pods), pod("a", { restartPolicy: "Sometimes" }))],
  "a pull policy that is none": [
    post(tried(at.pods), pod("a", { containers: [{ ...container, imagePullPolicy: "Sometimes" }] })),
  ],
  "an amount that is none": [
    post(tried(at.pods), pod("a", { containers: [{ ...container, resources: { limits: { cpu: "lots" } } }] })),
  ],
  "a request above its limit": [
    post(
      tried(at.pods),
      pod("a", { containers: [{ ...container, resources: { requests: { cpu: "2" }, limits: { cpu: "1" } } }] }),
    ),
  ],
  "a port that is none": [
    post(tried(at.pods), pod("a", { containers: [{ ...container, ports: [{ containerPort: 70_000 }] }] })),
  ],
  "an environment variable without a name": [
    post(tried(at.pods), pod("a", { containers: [{ ...container, env: [{ value: "b" }] }] })),
  ],
  "a probe that does nothing": [post(tried(at.pods), pod("a", { containers: [{ ...container, livenessProbe: {} }] }))],
  "a grace that is negative": [post(tried(at.pods), pod("a", { terminationGracePeriodSeconds: -1 }))],
  "a Deployment without a spec": [post(tried(at.deployments), { metadata: { name: "a" } })],
  "a Deployment without a selector": [post(tried(at.deployments), deployment("a", { selector: undefined }))],
  "a Deployment that does not select its own pods": [
    post(tried(at.deployments), deployment("a", template({ containers: [container] }, { app: "y" }))),
  ],
  "a Deployment that selects everything": [post(tried(at.deployments), deployment("a", { selector: {} }))],
  "a Deployment of fewer than no pods": [post(tried(at.deployments), deployment("a", { replicas: -1 }))],
  "a Deployment whose pods do not restart": [
    post(tried(at.deployments), deployment("a", template({ restartPolicy: "Never", containers: [container] }))),
  ],
  "a Deployment that can neither surge nor be without": [
    post(
      tried(at.deployments),
      deployment("a", { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } }),
    ),
  ],
  "a ReplicaSet that selects everything": [post(tried(at.replicaSets), replicaSet("a", { selector: {} }))],
  "a Deployment with another selector than before": [
    first(post(at.deployments, deployment("frozen"))),
    put(
      `${at.deployments}/frozen`,
      deployment("frozen", {
        selector: { matchLabels: { app: "y" } },
        ...template({ containers: [container] }, { app: "y" }),
      }),
    ),
  ],
  "a Job without a template": [post(tried(at.jobs), { metadata: { name: "a" }, spec: {} })],
  "a Job whose pods always restart": [
    post(tried(at.jobs), job("a", { template: { spec: { restartPolicy: "Always", containers: [container] } } })),
  ],
  "a Job whose pods do not say": [post(tried(at.jobs), job("a", { template: { spec: { containers: [container] } } }))],
  "a Job of fewer than none": [post(tried(at.jobs), job("a", { parallelism: -1 }))],
  "a Job with another template than before": [
    first(post(at.jobs, job("frozen"))),
    put(`${at.jobs}/frozen`, job("frozen", { completions: 5 })),
  ],
  "a Service without ports": [post(tried(at.services), { metadata: { name: "a" }, spec: {} })],
  "a Service with a port that is none": [
    post(tried(at.services), { metadata: { name: "a" }, spec: { ports: [{ port: 0 }] } }),
  ],
  "a Pod with another image": [
    first(post(at.pods, pod("imaged"))),
    put(`${at.pods}/imaged`, pod("imaged", { containers: [{ ...container, image: "x:2" }] })),
  ],
  "a Pod with another command": [
    first(post(at.pods, pod("commanded"))),
    put(`${at.pods}/commanded`, pod("commanded", { containers: [{ ...container, command: ["ls"] }] })),
  ],
  "a Pod with one more container": [
    first(post(at.pods, pod("grown"))),
    put(`${at.pods}/grown`, pod("grown", { containers: [container, { ...container, name: "second" }] })),
  ],
  "an immutable ConfigMap with other data": [
    first(post(at.configMaps, configMap("fixed", { immutable: true, data: { a: "1" } }))),
    put(`${at.configMaps}/fixed`, configMap("fixed", { immutable: true, data: { a: "2" } })),
  ],
  "a Secret of another type than before": [
    first(post(at.secrets, { metadata: { name: "typed" }, type: "a/b" })),
    put(`${at.secrets}/typed`, { metadata: { name: "typed" }, type: "c/d" }),
  ],
  "a Node with a taint that is none": [
    post(tried(at.nodes), node("tainted", { spec: { taints: [{ key: "a", effect: "Whatever" }] } })),
  ],
  "a Lease that lasts no time": [
    post(tried(at.leases), { metadata: { name: "a" }, spec: { leaseDurationSeconds: 0 } }),
  ],
});
