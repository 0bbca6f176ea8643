import { type Json, topic } from "../exchange.ts";
import { get, post, put, remove, seeing } from "../request/requests.ts";

const served = new Set([
  "configmaps",
  "events",
  "namespaces",
  "namespaces/finalize",
  "namespaces/status",
  "nodes",
  "nodes/status",
  "pods",
  "pods/attach",
  "pods/binding",
  "pods/eviction",
  "pods/exec",
  "pods/log",
  "pods/portforward",
  "pods/status",
  "secrets",
  "serviceaccounts",
  "services",
  "services/status",
  "deployments",
  "deployments/scale",
  "deployments/status",
  "replicasets",
  "replicasets/scale",
  "replicasets/status",
  "jobs",
  "jobs/status",
  "leases",
]);

const aggregated = { accept: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList" };

/** Only what both have: the real server has more resources, and hashes of what it stores. */
const sameResources = (body: Json): unknown => ({
  ...body,
  resources: body.resources
    ?.filter(({ name }: Json) => served.has(name))
    .map((resource: Json) => ({ ...resource, storageVersionHash: undefined })),
});

const sameGroups = (body: Json): unknown => ({
  ...body,
  groups: body.groups?.filter(({ name }: Json) => ["apps", "batch", "coordination.k8s.io"].includes(name)),
});

const sameDiscovery = (body: Json): unknown => ({
  ...body,
  items: body.items
    ?.filter(({ metadata }: Json) => ["", "apps", "batch"].includes(metadata.name ?? ""))
    .map(({ metadata, versions }: Json) => ({
      metadata,
      versions: versions.map(({ resources, ...version }: Json) => ({
        ...version,
        resources: resources.filter(({ resource }: Json) => ["pods", "deployments", "jobs"].includes(resource)),
      })),
    })),
});

export const discovery = topic("discovery", {
  "/api names the core group": [get("/api")],
  "/apis names the groups": [seeing(get("/apis"), sameGroups)],
  "/apis/apps is a group": [get("/apis/apps")],
  "/apis/batch is a group": [get("/apis/batch")],
  "/apis/none is no group": [get("/apis/none")],
  "/api/v1 lists its resources": [seeing(get("/api/v1"), sameResources)],
  "/api/v2 is no version": [get("/api/v2")],
  "/apis/apps/v1 lists its resources": [seeing(get("/apis/apps/v1"), sameResources)],
  "/apis/batch/v1 lists its resources": [seeing(get("/apis/batch/v1"), sameResources)],
  "/apis/coordination.k8s.io/v1 lists its resources": [seeing(get("/apis/coordination.k8s.io/v1"), sameResources)],
  "/apis/apps/v9 is no version": [get("/apis/apps/v9")],
  "/api, aggregated": [seeing(get("/api", aggregated), sameDiscovery)],
  "/apis, aggregated": [seeing(get("/apis", aggregated), sameDiscovery)],
  "/version has the fields that clients read": [
    seeing(get("/version"), (body: Json) =>
      ["major", "minor", "gitVersion", "platform"].map((key) => typeof body[key]),
    ),
  ],
  "/healthz, /livez and /readyz are ok": [get("/healthz"), get("/livez"), get("/readyz")],
  "/readyz tells what it has looked at, when asked": [
    seeing(get("/readyz?verbose"), (body: string) => body.length > 10),
  ],
  "/healthz cannot be written": [put("/healthz", {})],
  "/openapi/v3 says where the documents are": [
    seeing(get("/openapi/v3"), ({ paths }: Json) => Object.keys(paths["apis/apps/v1"])),
  ],
  "/openapi/v3 of a group is OpenAPI 3": [
    seeing(get("/openapi/v3/apis/apps/v1"), ({ openapi, info }: Json) => [openapi, info.title]),
  ],
  "/openapi/v3 of no group is not found": [get("/openapi/v3/apis/none/v1")],
  "/ is not the place for a POST": [post("/", {})],
  "a path that is nowhere": [get("/nowhere")],
  "a resource that is unknown": [get("/api/v1/namespaces/{ns}/things")],
  "a resource that is unknown, in no namespace": [get("/api/v1/things")],
  "a group that is unknown": [get("/apis/none.example.com/v1/things")],
  "a subresource that is unknown": [get("/api/v1/namespaces/{ns}/pods/a/frob")],
  "a path with a slash at its end": [get("/api/v1/namespaces/{ns}/pods/")],
  "a path with two slashes": [get("/api/v1//namespaces/{ns}")],
  "a path that begins with two slashes": [get("//api/v1/namespaces/{ns}")],
  "a path that is no URL": [get("/api/v1/namespaces/%ZZ")],
  "a method that makes no sense for a collection": [put("/api/v1/namespaces/{ns}/pods", {})],
  "a PATCH of a collection": [
    {
      method: "PATCH",
      path: "/api/v1/namespaces/{ns}/pods",
      body: {},
      headers: { "content-type": "application/merge-patch+json" },
    },
  ],
  "a POST to an object": [post("/api/v1/namespaces/{ns}/configmaps/a", {})],
  "a method that nobody knows": [{ method: "REPORT", path: "/api/v1/namespaces/{ns}/configmaps" }],
  "an object across namespaces is created nowhere": [post("/api/v1/configmaps", { metadata: { name: "a" } })],
  "objects are not deleted across namespaces": [remove("/api/v1/configmaps")],
  "namespaces are not deleted as a collection": [remove("/api/v1/namespaces?labelSelector=no=such")],
  "exec without an upgrade": [get("/api/v1/namespaces/{ns}/pods/none/exec?command=ls")],
  "logs of a pod that is not there": [get("/api/v1/namespaces/{ns}/pods/none/log")],
  "who one is": [
    seeing(
      post("/apis/authentication.k8s.io/v1/selfsubjectreviews", {
        apiVersion: "authentication.k8s.io/v1",
        kind: "SelfSubjectReview",
      }),
      ({ kind, apiVersion, status }: Json) => ({ kind, apiVersion, name: status.userInfo.username }),
    ),
  ],
});
