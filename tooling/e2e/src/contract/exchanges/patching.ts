import { type Json, topic } from "../exchange.ts";
import { first, get, patch, post, seeing } from "../request/requests.ts";
import { configMap, deployment, node, pod } from "../request/objects.ts";
import * as at from "../request/paths.ts";

const other = "11111111-1111-1111-1111-111111111111";
const data = { data: { a: "1", b: "2" } };
const made = (name: string) => first(post(at.configMaps, configMap(name, data)));
const json = (name: string, ...operations: readonly object[]) => patch("json", `${at.configMaps}/${name}`, operations);

export const patching = topic("patching", {
  "a merge patch": [
    made("merge"),
    patch("merge", `${at.configMaps}/merge`, { data: { a: null, c: "3" }, metadata: { labels: { x: "y" } } }),
  ],
  "a merge patch that changes nothing is no new version": [
    post(at.configMaps, configMap("still", data)),
    patch("merge", `${at.configMaps}/still`, data),
    patch("merge", `${at.configMaps}/still`, {}),
  ],
  "a merge patch replaces lists": [
    first(post(at.pods, pod("merged", {}, { finalizers: ["example.com/a"] }))),
    patch("merge", `${at.pods}/merged`, { metadata: { finalizers: ["example.com/b"] } }),
    first(patch("merge", `${at.pods}/merged`, { metadata: { finalizers: null } })),
  ],
  "a strategic merge patch": [
    first(post(at.deployments, deployment("strategic", { paused: true }))),
    seeing(
      patch("strategic", `${at.deployments}/strategic`, {
        metadata: { labels: { v: "2" } },
        spec: {
          template: {
            spec: {
              containers: [
                { name: "main", image: "x:2" },
                { name: "more", image: "y" },
              ],
            },
          },
        },
      }),
      ({ spec, metadata }: Json) => [spec, metadata.labels],
    ),
  ],
  "a strategic merge patch of a container": [
    first(post(at.pods, pod("image"))),
    patch("strategic", `${at.pods}/image`, { spec: { containers: [{ name: "main", image: "x:2" }] } }),
  ],
  "a strategic merge patch of conditions": [
    first(post(at.pods, pod("conditions"))),
    patch("strategic", `${at.pods}/conditions/status`, {
      status: { conditions: [{ type: "Ready", status: "False", reason: "Waiting" }] },
    }),
    patch("strategic", `${at.pods}/conditions/status`, {
      status: { conditions: [{ type: "Ready", status: "True", reason: null }] },
    }),
  ],
  "a strategic merge patch that deletes": [
    first(post(at.pods, pod("deleted", {}, { finalizers: ["example.com/a", "example.com/b"] }))),
    patch("strategic", `${at.pods}/deleted`, {
      metadata: { "$deleteFromPrimitiveList/finalizers": ["example.com/a"] },
    }),
    first(patch("merge", `${at.pods}/deleted`, { metadata: { finalizers: null } })),
  ],
  "a strategic merge patch with a directive that is none": [
    made("directive"),
    patch("strategic", `${at.configMaps}/directive`, { data: { $patch: "whatever" } }),
  ],
  "a JSON patch": [
    made("json"),
    json(
      "json",
      { op: "test", path: "/data/a", value: "1" },
      { op: "replace", path: "/data/a", value: "9" },
      { op: "add", path: "/data/c", value: "3" },
      { op: "remove", path: "/data/b" },
      { op: "copy", from: "/data/c", path: "/data/d" },
      { op: "move", from: "/data/d", path: "/data/e" },
    ),
  ],
  "a JSON patch whose test fails": [made("tested"), json("tested", { op: "test", path: "/data/a", value: "9" })],
  "a JSON patch of a path that is not there": [
    made("lost"),
    json("lost", { op: "remove", path: "/data/z" }),
    json("lost", { op: "replace", path: "/data/z", value: "1" }),
    json("lost", { op: "add", path: "/a/b/c", value: "1" }),
  ],
  "a JSON patch with an operation that is none": [
    made("operation"),
    json("operation", { op: "frob", path: "/data/a" }),
  ],
  "a JSON patch that is no list": [made("object"), patch("json", `${at.configMaps}/object`, { data: { a: "2" } })],
  "a JSON patch of no operations": [post(at.configMaps, configMap("no-operations", data)), json("no-operations")],
  "a merge patch that is no object": [made("list"), patch("merge", `${at.configMaps}/list`, "[]")],
  "a merge patch that is no JSON": [made("broken"), patch("merge", `${at.configMaps}/broken`, "{")],
  "a patch of a type that nobody knows": [
    made("type"),
    { method: "PATCH", path: `${at.configMaps}/type`, body: {}, headers: { "content-type": "application/json" } },
  ],
  "a patch without a type": [made("untyped"), { method: "PATCH", path: `${at.configMaps}/untyped`, body: "{}" }],
  "a patch of what is not there": [
    patch("merge", `${at.configMaps}/none`, {}),
    patch("strategic", `${at.pods}/none`, {}),
    patch("json", `${at.deployments}/none`, []),
  ],
  "a patch of an old version": [
    post(at.configMaps, configMap("old", data)),
    first(patch("merge", `${at.configMaps}/old`, { data: { a: "2" } })),
    patch("merge", `${at.configMaps}/old`, {
      metadata: { resourceVersion: "{0.metadata.resourceVersion}" },
      data: { a: "3" },
    }),
  ],
  "a patch of another UID": [made("uid"), patch("merge", `${at.configMaps}/uid`, { metadata: { uid: other } })],
  "a patch of another name": [made("name"), patch("merge", `${at.configMaps}/name`, { metadata: { name: "b" } })],
  "a patch of another namespace": [
    made("namespace"),
    patch("merge", `${at.configMaps}/namespace`, { metadata: { namespace: "default" } }),
  ],
  "a patch of another kind": [made("kind"), patch("merge", `${at.configMaps}/kind`, { kind: "Secret" })],
  "a patch to what is not valid": [
    made("invalid"),
    patch("merge", `${at.configMaps}/invalid`, { metadata: { labels: { a: "b c" } } }),
  ],
  "a patch to a field of the wrong type": [
    made("mistyped"),
    patch("merge", `${at.configMaps}/mistyped`, { data: { a: 1 } }),
  ],
  "a patch of an unknown field": [
    made("unknown"),
    patch("merge", `${at.configMaps}/unknown`, { colour: "red" }),
    patch("merge", `${at.configMaps}/unknown?fieldValidation=Strict`, { colour: "red" }),
    patch("strategic", `${at.configMaps}/unknown?fieldValidation=Strict`, { colour: "red" }),
  ],
  "a patch only tried": [
    made("tried"),
    patch("merge", `${at.configMaps}/tried?dryRun=All`, { data: { a: "2" } }),
    get(`${at.configMaps}/tried`),
  ],
  "a patch of the status, guarded by the UID": [
    post(at.pods, pod("guarded")),
    patch("strategic", `${at.pods}/guarded/status`, {
      metadata: { uid: "{0.metadata.uid}" },
      status: { phase: "Running", hostIP: "10.0.0.1" },
    }),
    patch("strategic", `${at.pods}/guarded/status`, { metadata: { uid: other }, status: { phase: "Failed" } }),
  ],
  "a patch of the status changes nothing else": [
    first(post(at.pods, pod("apart"))),
    patch("merge", `${at.pods}/apart/status`, {
      metadata: { annotations: { a: "b" }, labels: { c: "d" } },
      spec: { activeDeadlineSeconds: 5 },
      status: { phase: "Running" },
    }),
  ],
  "a patch of the status with containers": [
    first(post(at.pods, pod("containers"))),
    patch("strategic", `${at.pods}/containers/status`, {
      status: {
        phase: "Running",
        podIP: "10.0.0.1",
        podIPs: [{ ip: "10.0.0.1" }],
        startTime: "2020-01-01T00:00:00Z",
        containerStatuses: [
          {
            name: "main",
            image: "x:1",
            imageID: "x",
            ready: true,
            started: true,
            restartCount: 0,
            containerID: "test://1",
            state: { running: { startedAt: "2020-01-01T00:00:00Z" } },
          },
        ],
      },
    }),
  ],
  "a patch of a Pod's status to a phase that is none": [
    first(post(at.pods, pod("phase"))),
    patch("merge", `${at.pods}/phase/status`, { status: { phase: "Resting" } }),
  ],
  "a patch of a Node's status": [
    first(post(at.nodes, node("patched"))),
    seeing(
      patch("strategic", `${at.nodes}/patched/status`, {
        metadata: { labels: { a: "b" } },
        status: {
          conditions: [{ type: "Ready", status: "True" }],
          addresses: [{ type: "InternalIP", address: "10.0.0.1" }],
        },
      }),
      ({ metadata, status }: Json) => [metadata.labels, status.addresses, status.conditions],
    ),
  ],
  "a patch of a Node's labels and taints": [
    first(post(at.nodes, node("labelled"))),
    seeing(
      patch("merge", `${at.nodes}/labelled`, {
        metadata: { labels: { a: "b" } },
        spec: { taints: [{ key: "a", effect: "NoSchedule", value: "b" }] },
      }),
      ({ metadata, spec }: Json) => [metadata.labels, spec.taints],
    ),
  ],
  "a patch of a status that is none": [made("statusless"), patch("merge", `${at.configMaps}/statusless/status`, {})],
});
