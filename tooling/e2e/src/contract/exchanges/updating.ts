import { type Json, topic } from "../exchange.ts";
import { first, get, patch, post, put, seeing, until } from "../request/requests.ts";
import { configMap, deployment, job, lease, node, pod } from "../request/objects.ts";
import * as at from "../request/paths.ts";

const other = "11111111-1111-1111-1111-111111111111";
/** Its status is the controllers' work. */
const withoutStatus = (object: Json): unknown => ({ ...object, status: undefined });
const settled = (path: string) =>
  until(path, ({ body }) => body.status?.observedGeneration === body.metadata.generation);

export const updating = topic("updating", {
  "a PUT of other data": [
    post(at.configMaps, configMap("put", { data: { a: "1" } })),
    put(`${at.configMaps}/put`, configMap("put", { data: { a: "2" } })),
  ],
  "a PUT that changes nothing is no new version": [
    post(at.configMaps, configMap("same", { data: { a: "1" } })),
    put(`${at.configMaps}/same`, configMap("same", { data: { a: "1" } })),
  ],
  "a PUT of what is not there": [put(`${at.configMaps}/none`, configMap("none"))],
  "a PUT of a Pod that is not there": [put(`${at.pods}/none`, pod("none"))],
  "a PUT of a version that is not the newest": [
    post(at.configMaps, configMap("old")),
    first(put(`${at.configMaps}/old`, configMap("old", { data: { a: "1" } }))),
    put(`${at.configMaps}/old`, configMap("old", { metadata: { resourceVersion: "{0.metadata.resourceVersion}" } })),
  ],
  "a PUT of the newest version": [
    first(post(at.configMaps, configMap("new"))),
    put(
      `${at.configMaps}/new`,
      configMap("new", { metadata: { resourceVersion: "{0.metadata.resourceVersion}" }, data: { a: "1" } }),
    ),
  ],
  "a PUT of a version that is none": [
    first(post(at.configMaps, configMap("odd"))),
    put(`${at.configMaps}/odd`, configMap("odd", { metadata: { resourceVersion: "odd" } })),
  ],
  "a PUT of another UID": [
    first(post(at.configMaps, configMap("uid"))),
    put(`${at.configMaps}/uid`, configMap("uid", { metadata: { uid: other } })),
  ],
  "a PUT without labels removes them": [
    first(post(at.configMaps, configMap("unlabelled", { metadata: { labels: { a: "b" } } }))),
    put(`${at.configMaps}/unlabelled`, configMap("unlabelled")),
  ],
  "a PUT only tried": [
    first(post(at.configMaps, configMap("tried"))),
    put(`${at.configMaps}/tried?dryRun=All`, configMap("tried", { data: { a: "1" } })),
    get(`${at.configMaps}/tried`),
  ],
  "a PUT of a Lease without its version": [
    first(post(at.leases, lease("put"))),
    put(`${at.leases}/put`, lease("put", { holderIdentity: "another" })),
  ],
  "a PUT of a Lease with its version": [
    first(post(at.leases, lease("versioned"))),
    put(`${at.leases}/versioned`, {
      ...lease("versioned", { holderIdentity: "another" }),
      metadata: { name: "versioned", resourceVersion: "{0.metadata.resourceVersion}" },
    }),
  ],
  "a PUT of a Lease that is not there": [put(`${at.leases}/none`, lease("none"))],
  "a PUT of a Service without its address": [
    first(post(at.services, { metadata: { name: "put" }, spec: { ports: [{ port: 80 }] } })),
    put(`${at.services}/put`, { metadata: { name: "put" }, spec: { ports: [{ port: 81 }] } }),
  ],
  "a PUT of a Deployment counts generations": [
    first(post(at.deployments, deployment("counted"))),
    first(settled(`${at.deployments}/counted`)),
    seeing(put(`${at.deployments}/counted`, deployment("counted", { minReadySeconds: 5 })), withoutStatus),
    first(settled(`${at.deployments}/counted`)),
    seeing(patch("merge", `${at.deployments}/counted`, { metadata: { labels: { a: "b" } } }), withoutStatus),
    first(settled(`${at.deployments}/counted`)),
    seeing(patch("merge", `${at.deployments}/counted`, { metadata: { annotations: { a: "b" } } }), withoutStatus),
  ],
  "a patch of a Job": [
    first(post(at.jobs, job("patched"))),
    first(until(`${at.jobs}/patched`, ({ body }) => body.status?.conditions !== undefined)),
    seeing(patch("merge", `${at.jobs}/patched`, { spec: { parallelism: 2 } }), withoutStatus),
    patch("merge", `${at.jobs}/patched`, { spec: { completions: 5 } }),
  ],
  "a PUT of a Pod's main part leaves its status": [
    first(post(at.pods, pod("main"))),
    put(`${at.pods}/main`, { ...pod("main", {}, { labels: { a: "b" } }), status: { phase: "Running" } }),
  ],
  "a PUT of a Pod's status leaves the rest": [
    first(post(at.pods, pod("status"))),
    put(`${at.pods}/status/status`, {
      ...pod("status", {}, { labels: { a: "b" }, annotations: { c: "d" } }),
      status: { phase: "Running", podIP: "10.0.0.1" },
    }),
  ],
  "a PUT of the status of what is not there": [put(`${at.pods}/none/status`, pod("none"))],
  "a PUT of a Node's status": [
    first(post(at.nodes, node("status"))),
    seeing(
      put(
        `${at.nodes}/status/status`,
        node("status", { spec: { unschedulable: true }, status: { capacity: { cpu: "2" } } }),
      ),
      ({ spec, status }: Json) => [spec.unschedulable, status.capacity, status.allocatable],
    ),
  ],
  "a PUT of a Node that nobody shall use": [
    first(post(at.nodes, node("cordoned"))),
    seeing(put(`${at.nodes}/cordoned`, node("cordoned", { spec: { unschedulable: true } })), ({ spec }: Json) => spec),
  ],
  "a PUT of a Deployment's status": [
    first(post(at.deployments, deployment("status", { paused: true }))),
    first(settled(`${at.deployments}/status`)),
    put(`${at.deployments}/status/status`, {
      ...deployment("status", { replicas: 5 }),
      status: { observedGeneration: 1, replicas: 0 },
    }),
  ],
  "a PUT of a scale": [
    first(post(at.deployments, deployment("scaled", { paused: true }))),
    first(settled(`${at.deployments}/scaled`)),
    put(`${at.deployments}/scaled/scale`, {
      apiVersion: "autoscaling/v1",
      kind: "Scale",
      metadata: { name: "scaled", namespace: "{ns}" },
      spec: { replicas: 0 },
    }),
  ],
  "a scale of fewer than none": [
    put(`${at.deployments}/scaled/scale`, {
      apiVersion: "autoscaling/v1",
      kind: "Scale",
      metadata: { name: "scaled", namespace: "{ns}" },
      spec: { replicas: -1 },
    }),
  ],
  "a PATCH of a scale": [patch("merge", `${at.deployments}/scaled/scale`, { spec: { replicas: 0 } })],
  "the scale of what is not there": [get(`${at.deployments}/none/scale`)],
  "a binding": [
    first(post(at.pods, pod("unbound", { schedulingGates: undefined, schedulerName: "nobody" }))),
    post(`${at.pods}/unbound/binding`, {
      apiVersion: "v1",
      kind: "Binding",
      metadata: { name: "unbound" },
      target: { apiVersion: "v1", kind: "Node", name: "nowhere" },
    }),
    get(`${at.pods}/unbound`),
    post(`${at.pods}/unbound/binding`, { metadata: { name: "unbound" }, target: { kind: "Node", name: "elsewhere" } }),
  ],
  "a binding of a Pod that must wait": [
    first(post(at.pods, pod("gated"))),
    post(`${at.pods}/gated/binding`, { metadata: { name: "gated" }, target: { kind: "Node", name: "nowhere" } }),
  ],
  "a binding to nothing": [post(`${at.pods}/gated/binding`, { metadata: { name: "gated" }, target: { name: "" } })],
  "a binding of what is not there": [
    post(`${at.pods}/none/binding`, { metadata: { name: "none" }, target: { kind: "Node", name: "nowhere" } }),
  ],
  "a Pod whose gate is opened": [
    first(post(at.pods, pod("opened", { schedulerName: "nobody" }))),
    patch("merge", `${at.pods}/opened`, { spec: { schedulingGates: null } }),
  ],
});
