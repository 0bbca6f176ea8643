import { topic } from "../exchange.ts";
import { first, get, patch, post, put, remove, watch } from "../request/requests.ts";
import { boundPod, configMap, pod } from "../request/objects.ts";
import * as at from "../request/paths.ts";

const table = { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" };
const partial = { accept: "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io" };
const labelled = (name: string, set: string) => configMap(name, { metadata: { labels: { set } } });
const watched = (set: string, more = "") => `${at.configMaps}?watch=1&labelSelector=set=${set}${more}`;
const initial = "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";

export const watching = topic("watching", {
  "what is created, changed and deleted": [
    watch(watched("all"), {
      count: 3,
      during: [
        first(post(at.configMaps, labelled("all", "all"))),
        first(patch("merge", `${at.configMaps}/all`, { data: { a: "1" } })),
        first(remove(`${at.configMaps}/all`)),
      ],
    }),
  ],
  "from a version on": [
    post(at.configMaps, labelled("since", "since")),
    first(patch("merge", `${at.configMaps}/since`, { data: { a: "1" } })),
    first(patch("merge", `${at.configMaps}/since`, { data: { a: "2" } })),
    watch(watched("since", "&resourceVersion={0.metadata.resourceVersion}"), { count: 2 }),
  ],
  "without a version: what is there first": [
    first(post(at.configMaps, labelled("b-there", "there"))),
    first(post(at.configMaps, labelled("a-there", "there"))),
    watch(watched("there"), { count: 2 }),
  ],
  "from version 0: what is there first": [
    first(post(at.configMaps, labelled("a-zero", "zero"))),
    watch(watched("zero", "&resourceVersion=0"), {
      count: 2,
      during: [first(post(at.configMaps, labelled("b-zero", "zero")))],
    }),
  ],
  "with initial events and their end": [
    first(post(at.configMaps, labelled("a-initial", "initial"))),
    watch(watched("initial", initial), {
      count: 3,
      during: [first(post(at.configMaps, labelled("b-initial", "initial")))],
    }),
  ],
  "with initial events of no objects": [watch(watched("nothing", initial), { count: 1 })],
  "with initial events of Pods": [watch(`${at.pods}?watch=1&labelSelector=no=such${initial}`, { count: 1 })],
  "without initial events": [
    first(post(at.configMaps, labelled("a-without", "without"))),
    watch(watched("without", "&sendInitialEvents=false&resourceVersionMatch=NotOlderThan"), {
      count: 1,
      during: [first(post(at.configMaps, labelled("b-without", "without")))],
    }),
  ],
  "with initial events and no match": [watch(watched("none", "&sendInitialEvents=true&timeoutSeconds=1"))],
  "with a match and no initial events": [watch(watched("none", "&resourceVersionMatch=NotOlderThan&timeoutSeconds=1"))],
  "with initial events and without bookmarks": [
    watch(watched("none", "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&timeoutSeconds=1")),
  ],
  "initial events of what is no watch": [
    get(`${at.configMaps}?sendInitialEvents=true&resourceVersionMatch=NotOlderThan`),
  ],
  "what comes and goes by its labels": [
    first(post(at.configMaps, labelled("moving", "elsewhere"))),
    watch(watched("here", "&resourceVersion={0.metadata.resourceVersion}"), {
      count: 3,
      during: [
        first(patch("merge", `${at.configMaps}/moving`, { metadata: { labels: { set: "here" } } })),
        first(patch("merge", `${at.configMaps}/moving`, { data: { a: "1" } })),
        first(patch("merge", `${at.configMaps}/moving`, { metadata: { labels: { set: "elsewhere" } } })),
      ],
    }),
  ],
  "one object by its name": [
    watch(`${at.configMaps}?watch=true&fieldSelector=metadata.name=named`, {
      count: 1,
      during: [first(post(at.configMaps, configMap("other"))), first(post(at.configMaps, configMap("named")))],
    }),
  ],
  "Pods of a node": [
    watch(`${at.pods}?watch=1&fieldSelector=spec.nodeName=nowhere`, {
      count: 4,
      during: [
        first(post(at.pods, pod("unbound", { schedulingGates: undefined, schedulerName: "nobody" }))),
        first(
          post(`${at.pods}/unbound/binding`, {
            metadata: { name: "unbound" },
            target: { kind: "Node", name: "nowhere" },
          }),
        ),
        first(patch("merge", `${at.pods}/unbound/status`, { status: { phase: "Running" } })),
        first(remove(`${at.pods}/unbound`)),
        first(remove(`${at.pods}/unbound`, { gracePeriodSeconds: 0 })),
      ],
    }),
  ],
  "a Pod of no node that is deleted": [
    watch(`${at.pods}?watch=1&fieldSelector=metadata.name=alone`, {
      count: 3,
      during: [first(post(at.pods, pod("alone"))), first(remove(`${at.pods}/alone`))],
    }),
  ],
  "a Pod that is deleted by force": [
    watch(`${at.pods}?watch=1&fieldSelector=metadata.name=forced`, {
      count: 3,
      during: [first(post(at.pods, boundPod("forced"))), first(remove(`${at.pods}/forced`, { gracePeriodSeconds: 0 }))],
    }),
  ],
  "a Pod that is deleted": [
    first(post(at.pods, boundPod("deleted"))),
    watch(`${at.pods}?watch=1&fieldSelector=metadata.name=deleted`, {
      count: 4,
      during: [first(remove(`${at.pods}/deleted`)), first(remove(`${at.pods}/deleted`, { gracePeriodSeconds: 0 }))],
    }),
  ],
  "what a finalizer keeps": [
    watch(watched("kept"), {
      count: 3,
      during: [
        first(
          post(
            at.configMaps,
            configMap("kept", { metadata: { labels: { set: "kept" }, finalizers: ["example.com/a"] } }),
          ),
        ),
        first(remove(`${at.configMaps}/kept`)),
        first(put(`${at.configMaps}/kept`, labelled("kept", "kept"))),
      ],
    }),
  ],
  "what does not change is not told": [
    watch(watched("quiet"), {
      count: 2,
      during: [
        first(post(at.configMaps, labelled("quiet", "quiet"))),
        first(patch("merge", `${at.configMaps}/quiet`, {})),
        first(patch("merge", `${at.configMaps}/quiet?dryRun=All`, { data: { a: "tried" } })),
        first(patch("merge", `${at.configMaps}/quiet`, { data: { a: "1" } })),
      ],
    }),
  ],
  "as a table": [
    watch(watched("table"), {
      count: 1,
      headers: table,
      during: [first(post(at.configMaps, labelled("table", "table")))],
    }),
  ],
  "as a table, with initial events": [watch(watched("table", initial), { count: 2, headers: table })],
  "only metadata": [watch(watched("table"), { count: 1, headers: partial })],
  "by the old path": [{ ...watch("/api/v1/watch/namespaces/{ns}/configmaps?labelSelector=set=table", { count: 1 }) }],
  "until its time is over": [watch(watched("none", "&timeoutSeconds=1"))],
  "from a version that is none": [watch(watched("none", "&resourceVersion=old&timeoutSeconds=1"))],
  "from a version that is to come": [watch(watched("none", "&resourceVersion=999999999999&timeoutSeconds=1"))],
  "a selector that is none": [watch(`${at.configMaps}?watch=1&labelSelector=a%20b&timeoutSeconds=1`)],
  "in a namespace that is not there": [watch("/api/v1/namespaces/none/configmaps?watch=1&timeoutSeconds=1")],
});
