import { topic } from "../exchange.ts";
import { first, get, post, remove, until } from "../request/requests.ts";
import { configMap, deployment, job, node, pod } from "../request/objects.ts";
import * as at from "../request/paths.ts";

const table = { accept: "application/json;as=Table;v=v1;g=meta.k8s.io,application/json" };
const partial = { accept: "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json" };
const partialList = { accept: "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json" };
const three = ["a", "b", "c"].map((name, index) =>
  first(
    post(
      at.configMaps,
      configMap(`paged-${name}`, { metadata: { labels: { page: "yes", nth: `${index}` } }, data: { name } }),
    ),
  ),
);

export const reading = topic("reading", {
  "what is not there": [get(`${at.configMaps}/none`), get(`${at.pods}/none`), get(`${at.deployments}/none`)],
  "what is not there, of no namespace": [get(`${at.nodes}/none`), get(`${at.namespaces}/none`)],
  "in a namespace that is not there": [get("/api/v1/namespaces/none/pods"), get("/api/v1/namespaces/none/pods/a")],
  "an empty list": [get(at.pods), get(at.deployments), get(at.leases)],
  "a list of three": [...three, get(`${at.configMaps}?labelSelector=page`)],
  "a list across namespaces": [get("/api/v1/configmaps?labelSelector=page=yes")],
  "a list at version 0": [get(`${at.configMaps}?labelSelector=page&resourceVersion=0`)],
  "a list of no older version": [
    get(`${at.configMaps}?labelSelector=page&resourceVersion=1&resourceVersionMatch=NotOlderThan`),
  ],
  "a list of a version to come": [get(`${at.configMaps}?resourceVersion=999999999999`)],
  "a list of a version that is none": [get(`${at.configMaps}?resourceVersion=old`)],
  "a list with a match that is none": [get(`${at.configMaps}?resourceVersion=1&resourceVersionMatch=About`)],
  "a list with a match and no version": [get(`${at.configMaps}?resourceVersionMatch=Exact`)],
  "an object at version 0": [get(`${at.configMaps}/paged-a?resourceVersion=0`)],
  "page after page": [
    get(`${at.configMaps}?labelSelector=page&limit=2`),
    get(`${at.configMaps}?labelSelector=page&limit=2&continue={0.metadata.continue}`),
  ],
  "page after page without a selector": [
    first(post(at.secrets, { metadata: { name: "page-a" } })),
    first(post(at.secrets, { metadata: { name: "page-b" } })),
    first(post(at.secrets, { metadata: { name: "page-c" } })),
    get(`${at.secrets}?limit=1`),
    get(`${at.secrets}?limit=1&continue={3.metadata.continue}`),
    get(`${at.secrets}?limit=1&continue={4.metadata.continue}`),
  ],
  "a page that is larger than all": [get(`${at.secrets}?limit=500`)],
  "a page of fewer than none": [get(`${at.secrets}?limit=-1`)],
  "a page whose size is no number": [get(`${at.secrets}?limit=few`)],
  "a page that goes on from nowhere": [get(`${at.secrets}?limit=1&continue=nonsense`)],
  "a page that goes on at a version": [
    first(get(`${at.secrets}?limit=1`)),
    get(`${at.secrets}?limit=1&continue={0.metadata.continue}&resourceVersion=5`),
  ],
  "a page after something is deleted": [
    first(post(at.serviceAccounts, { metadata: { name: "page-a" } })),
    first(post(at.serviceAccounts, { metadata: { name: "page-b" } })),
    first(get(`${at.serviceAccounts}?limit=1`)),
    first(remove(`${at.serviceAccounts}/page-b`)),
    get(`${at.serviceAccounts}?continue={2.metadata.continue}`),
  ],
  "a Pod as a table": [first(post(at.pods, pod("shown"))), get(`${at.pods}/shown`, table)],
  "Pods as a table": [get(at.pods, table)],
  "no Leases as a table": [get(at.leases, table)],
  "ConfigMaps as a table": [get(`${at.configMaps}?labelSelector=page`, table)],
  "a table without objects": [get(`${at.configMaps}?labelSelector=page&includeObject=None`, table)],
  "a table with whole objects": [get(`${at.configMaps}/paged-a?includeObject=Object`, table)],
  "a table with objects of which nobody knows": [get(`${at.configMaps}?includeObject=Half`, table)],
  "Secrets as a table": [get(at.secrets, table)],
  "Namespaces as a table": [get(`${at.namespaces}/{ns}`, table)],
  "a Node as a table": [first(post(at.nodes, node("shown"))), get(`${at.nodes}/shown`, table)],
  "a Service as a table": [
    first(post(at.services, { metadata: { name: "shown" }, spec: { selector: { a: "b" }, ports: [{ port: 80 }] } })),
    get(`${at.services}/shown`, table),
  ],
  "a ServiceAccount as a table": [get(`${at.serviceAccounts}/default`, table)],
  "a Deployment as a table": [
    first(post(at.deployments, deployment("shown"))),
    until(`${at.deployments}/shown`, ({ body }) => body.status?.conditions?.length === 2),
    get(`${at.deployments}/shown`, table),
  ],
  "a Job as a table": [
    first(post(at.jobs, job("shown"))),
    until(`${at.jobs}/shown`, ({ body }) => body.status?.conditions !== undefined),
    get(`${at.jobs}/shown`, table),
  ],
  "an Event as a table": [
    first(
      post(at.events, {
        metadata: { name: "shown" },
        involvedObject: { kind: "Pod", namespace: "{ns}", name: "a" },
        reason: "Happened",
        message: "It has happened",
        type: "Normal",
        lastTimestamp: "2020-01-01T00:00:00Z",
        source: { component: "test", host: "here" },
      }),
    ),
    get(`${at.events}/shown`, table),
  ],
  "what is not there, as a table": [get(`${at.configMaps}/none`, table)],
  "only the metadata of an object": [get(`${at.configMaps}/paged-a`, partial)],
  "only the metadata of a list": [get(`${at.configMaps}?labelSelector=page`, partialList)],
  "only the metadata of a list, asked as for one": [get(`${at.configMaps}?labelSelector=page`, partial)],
  "the status of an object": [first(post(at.pods, pod("status"))), get(`${at.pods}/status/status`)],
  "the scale of an object": [first(post(at.deployments, deployment("scale"))), get(`${at.deployments}/scale/scale`)],
  "a HEAD": [{ method: "HEAD", path: `${at.configMaps}/paged-a` }],
});
