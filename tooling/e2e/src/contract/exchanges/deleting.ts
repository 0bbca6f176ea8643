import { type Json, topic } from "../exchange.ts";
import { first, get, patch, post, put, remove, seeing, until } from "../request/requests.ts";
import { boundPod, configMap, deployment, job, lease, node, pod } from "../request/objects.ts";
import * as at from "../request/paths.ts";

const other = "11111111-1111-1111-1111-111111111111";
const kept = { metadata: { finalizers: ["example.com/keep"] } };
const letGo = (path: string) => patch("merge", path, { metadata: { finalizers: null } });
const deletionOf = ({ metadata }: Json): unknown => [metadata.deletionGracePeriodSeconds, metadata.deletionTimestamp];
const owned = (name: string, blockOwnerDeletion = true) =>
  configMap(name, {
    metadata: {
      ownerReferences: [
        { apiVersion: "v1", kind: "ConfigMap", name: "{0.metadata.name}", uid: "{0.metadata.uid}", blockOwnerDeletion },
      ],
    },
  });

export const deleting = topic("deleting", {
  "what is not there": [remove(`${at.configMaps}/none`), remove(`${at.pods}/none`), remove(`${at.deployments}/none`)],
  "a ConfigMap": [
    first(post(at.configMaps, configMap("gone"))),
    remove(`${at.configMaps}/gone`),
    get(`${at.configMaps}/gone`),
  ],
  "a Secret": [first(post(at.secrets, { metadata: { name: "gone" } })), remove(`${at.secrets}/gone`)],
  "a Lease": [first(post(at.leases, lease("gone"))), remove(`${at.leases}/gone`)],
  "a Node": [first(post(at.nodes, node("gone"))), remove(`${at.nodes}/gone`)],
  "a Service": [
    first(post(at.services, { metadata: { name: "gone" }, spec: { ports: [{ port: 80 }] } })),
    remove(`${at.services}/gone`),
  ],
  "a ServiceAccount": [
    first(post(at.serviceAccounts, { metadata: { name: "gone" } })),
    remove(`${at.serviceAccounts}/gone`),
  ],
  "an Event": [
    first(post(at.events, { metadata: { name: "gone" }, involvedObject: { namespace: "{ns}" } })),
    remove(`${at.events}/gone`),
  ],
  "a Deployment": [
    first(post(at.deployments, deployment("gone", { paused: true }))),
    remove(`${at.deployments}/gone`),
    first(until(`${at.deployments}/gone`, 404)),
  ],
  "a Job": [
    first(post(at.jobs, job("gone"))),
    first(until(`${at.jobs}/gone`, ({ body }) => body.status?.conditions !== undefined)),
    seeing(remove(`${at.jobs}/gone`), ({ metadata }: Json) => metadata?.finalizers),
    first(until(`${at.jobs}/gone`, 404)),
    get(`${at.jobs}/gone`),
  ],
  "a Pod of no node goes at once": [
    first(post(at.pods, pod("unbound"))),
    remove(`${at.pods}/unbound`),
    get(`${at.pods}/unbound`),
  ],
  "a Pod of a node waits for its grace": [
    first(post(at.pods, boundPod("graceful"))),
    remove(`${at.pods}/graceful`),
    get(`${at.pods}/graceful`),
  ],
  "a Pod with a grace of its own": [
    first(post(at.pods, boundPod("own-grace", { terminationGracePeriodSeconds: 7 }))),
    seeing(remove(`${at.pods}/own-grace`), deletionOf),
  ],
  "a Pod with the grace of the request": [
    first(post(at.pods, boundPod("asked-grace"))),
    seeing(remove(`${at.pods}/asked-grace`, { gracePeriodSeconds: 9 }), deletionOf),
    seeing(remove(`${at.pods}/asked-grace?gracePeriodSeconds=4`), deletionOf),
    seeing(remove(`${at.pods}/asked-grace`, { gracePeriodSeconds: 8 }), deletionOf),
    seeing(remove(`${at.pods}/asked-grace`), deletionOf),
  ],
  "a Pod by force": [
    first(post(at.pods, boundPod("forced"))),
    seeing(remove(`${at.pods}/forced`, { gracePeriodSeconds: 0 }), deletionOf),
    get(`${at.pods}/forced`),
  ],
  "a Pod that has ended goes at once": [
    first(post(at.pods, boundPod("ended"))),
    first(patch("merge", `${at.pods}/ended/status`, { status: { phase: "Succeeded" } })),
    seeing(remove(`${at.pods}/ended`), deletionOf),
    get(`${at.pods}/ended`),
  ],
  "a grace that is negative": [
    first(post(at.pods, boundPod("negative"))),
    seeing(remove(`${at.pods}/negative`, { gracePeriodSeconds: -5 }), deletionOf),
  ],
  "a grace that is no number": [remove(`${at.pods}/negative?gracePeriodSeconds=soon`)],
  "a Pod that ends again and again changes once": [
    first(post(at.pods, boundPod("again"))),
    remove(`${at.pods}/again`),
    remove(`${at.pods}/again`),
  ],
  "a Pod kept by a finalizer": [
    first(post(at.pods, pod("kept", {}, kept.metadata))),
    seeing(remove(`${at.pods}/kept`), ({ metadata, status }: Json) => ({ metadata, status })),
    letGo(`${at.pods}/kept`),
    get(`${at.pods}/kept`),
  ],
  "what is kept by a finalizer": [
    first(post(at.configMaps, configMap("kept", kept))),
    remove(`${at.configMaps}/kept`),
    get(`${at.configMaps}/kept`),
    remove(`${at.configMaps}/kept`),
    patch("merge", `${at.configMaps}/kept`, { data: { a: "1" } }),
    patch("merge", `${at.configMaps}/kept`, { metadata: { finalizers: ["example.com/keep", "example.com/more"] } }),
    letGo(`${at.configMaps}/kept`),
    get(`${at.configMaps}/kept`),
  ],
  "what is kept by a finalizer and let go by a PUT": [
    first(post(at.configMaps, configMap("put", kept))),
    first(remove(`${at.configMaps}/put`)),
    put(`${at.configMaps}/put`, configMap("put")),
    get(`${at.configMaps}/put`),
  ],
  "a mark of deletion cannot be written": [
    first(post(at.configMaps, configMap("marked"))),
    patch("merge", `${at.configMaps}/marked`, { metadata: { deletionTimestamp: "2020-01-01T00:00:00Z" } }),
  ],
  "of another UID": [
    first(post(at.configMaps, configMap("uid"))),
    remove(`${at.configMaps}/uid`, { preconditions: { uid: other } }),
    seeing(
      remove(`${at.configMaps}/uid`, { preconditions: { uid: "{0.metadata.uid}" } }),
      ({ status }: Json) => status,
    ),
  ],
  "a Pod of another UID": [
    first(post(at.pods, boundPod("uid"))),
    remove(`${at.pods}/uid`, { gracePeriodSeconds: 0, preconditions: { uid: other } }),
    seeing(remove(`${at.pods}/uid`, { gracePeriodSeconds: 0, preconditions: { uid: "{0.metadata.uid}" } }), deletionOf),
  ],
  "of another version": [
    first(post(at.configMaps, configMap("version"))),
    remove(`${at.configMaps}/version`, { preconditions: { resourceVersion: "1" } }),
    remove(`${at.configMaps}/version`, { preconditions: { resourceVersion: "{0.metadata.resourceVersion}" } }),
  ],
  "only tried": [
    first(post(at.configMaps, configMap("tried"))),
    remove(`${at.configMaps}/tried?dryRun=All`),
    remove(`${at.configMaps}/tried`, { dryRun: ["All"] }),
    get(`${at.configMaps}/tried`),
  ],
  "with options that are none": [
    first(post(at.configMaps, configMap("options"))),
    remove(`${at.configMaps}/options`, { propagationPolicy: "Sideways" }),
    remove(`${at.configMaps}/options`, { kind: "Pod", apiVersion: "v1" }),
    { method: "DELETE", path: `${at.configMaps}/options`, body: "{", headers: { "content-type": "application/json" } },
  ],
  "with options of two kinds": [
    first(post(at.configMaps, configMap("two-ways"))),
    remove(`${at.configMaps}/two-ways`, { propagationPolicy: "Orphan", orphanDependents: true }),
  ],
  "in the foreground": [
    post(at.configMaps, configMap("owner")),
    first(post(at.configMaps, { ...owned("owned", true) })),
    seeing(remove(`${at.configMaps}/owner`, { propagationPolicy: "Foreground" }), ({ metadata }: Json) => ({
      metadata,
    })),
    first(until(`${at.configMaps}/owner`, 404)),
    get(`${at.configMaps}/owned`),
  ],
  "in the background": [
    post(at.configMaps, configMap("back-owner")),
    first(post(at.configMaps, owned("back-owned"))),
    seeing(remove(`${at.configMaps}/back-owner`, { propagationPolicy: "Background" }), ({ status }: Json) => status),
    first(until(`${at.configMaps}/back-owned`, 404)),
  ],
  "leaving what it owns": [
    post(at.configMaps, configMap("orphaner")),
    first(post(at.configMaps, owned("orphaned"))),
    seeing(remove(`${at.configMaps}/orphaner`, { propagationPolicy: "Orphan" }), ({ metadata }: Json) => ({
      metadata,
    })),
    first(until(`${at.configMaps}/orphaner`, 404)),
    get(`${at.configMaps}/orphaned`),
  ],
  "what has an owner that is not there": [
    first(
      post(
        at.configMaps,
        configMap("alone", {
          metadata: { ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "none", uid: other }] },
        }),
      ),
    ),
    first(until(`${at.configMaps}/alone`, 404)),
  ],
  "a collection": [
    first(post(at.configMaps, configMap("one", { metadata: { labels: { set: "a" } } }))),
    first(post(at.configMaps, configMap("two", { metadata: { labels: { set: "a" } } }))),
    remove(`${at.configMaps}?labelSelector=set=a`),
    get(`${at.configMaps}?labelSelector=set=a`),
  ],
  "a collection of Pods": [
    first(post(at.pods, boundPod("set-one", {}, { labels: { set: "a" } }))),
    first(post(at.pods, pod("set-two", {}, { labels: { set: "a" } }))),
    seeing(remove(`${at.pods}?labelSelector=set=a`), ({ kind, items }: Json) => [
      kind,
      items?.map((item: Json) => [item.metadata.name, deletionOf(item)]),
    ]),
    seeing(get(`${at.pods}?labelSelector=set=a`), ({ items }: Json) => items.map(deletionOf)),
  ],
  "an empty collection": [remove(`${at.configMaps}?labelSelector=set=none`)],
  "a collection only tried": [
    first(post(at.configMaps, configMap("tried-set", { metadata: { labels: { set: "b" } } }))),
    remove(`${at.configMaps}?labelSelector=set=b&dryRun=All`),
    get(`${at.configMaps}?labelSelector=set=b`),
  ],
  "a collection in a namespace that is not there": [remove("/api/v1/namespaces/none/configmaps")],
  "an eviction": [
    first(post(at.pods, boundPod("evicted"))),
    post(`${at.pods}/evicted/eviction`, { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "evicted" } }),
    seeing(get(`${at.pods}/evicted`), ({ metadata, status }: Json) => [deletionOf({ metadata }), status]),
  ],
  "an eviction with a grace": [
    first(post(at.pods, boundPod("evicted-soon"))),
    first(
      post(`${at.pods}/evicted-soon/eviction`, {
        metadata: { name: "evicted-soon" },
        deleteOptions: { gracePeriodSeconds: 3 },
      }),
    ),
    seeing(get(`${at.pods}/evicted-soon`), deletionOf),
  ],
  "an eviction without a name": [
    first(post(at.pods, boundPod("evicted-plainly"))),
    post(`${at.pods}/evicted-plainly/eviction`, {}),
  ],
  "an eviction of another name": [post(`${at.pods}/evicted/eviction`, { metadata: { name: "other" } })],
  "an eviction of what is not there": [post(`${at.pods}/none/eviction`, { metadata: { name: "none" } })],
  "a Namespace": [
    first(post(at.namespaces, { metadata: { name: "contract-ending" } })),
    first(until(`${at.namespaces}/contract-ending`, 200)),
    first(post("/api/v1/namespaces/contract-ending/configmaps", configMap("keeper", kept))),
    seeing(remove(`${at.namespaces}/contract-ending`), ({ kind, metadata, spec, status }: Json) => [
      kind,
      deletionOf({ metadata }),
      spec,
      status,
    ]),
    post("/api/v1/namespaces/contract-ending/configmaps", configMap("late")),
  ],
  "a Namespace that must stay": [remove(`${at.namespaces}/default`), remove(`${at.namespaces}/kube-system`)],
});
