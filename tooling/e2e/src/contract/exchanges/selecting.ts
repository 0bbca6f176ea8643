import { type Json, topic } from "../exchange.ts";
import { first, get, post, seeing } from "../request/requests.ts";
import { configMap, pod } from "../request/objects.ts";
import * as at from "../request/paths.ts";

const names = ({ items, ...rest }: Json): unknown => items?.map(({ metadata }: Json) => metadata.name) ?? rest;
const byLabel = (selector: string) =>
  seeing(get(`${at.configMaps}?labelSelector=${encodeURIComponent(selector)}`), names);
const byField = (selector: string, path = at.pods) =>
  seeing(get(`${path}?fieldSelector=${encodeURIComponent(selector)}`), names);
const some = [
  ["red", { colour: "red", size: "1" }],
  ["blue", { colour: "blue", size: "2" }],
  ["green", { colour: "green" }],
] as const;

export const selecting = topic("selecting", {
  "a label": [
    ...some.map(([name, labels]) => first(post(at.configMaps, configMap(name, { metadata: { labels } })))),
    byLabel("colour=red"),
    byLabel("colour==red"),
    byLabel("colour!=red"),
  ],
  "one of several, or none of them": [byLabel("colour in (red, blue)"), byLabel("colour notin (red,blue),colour")],
  "that there is a label, or none": [byLabel("size"), byLabel("!size,colour")],
  "more than": [byLabel("size>1"), byLabel("size<2")],
  "an empty value": [byLabel("colour="), byLabel("colour in ()")],
  "two at once": [byLabel("colour=red,size=1"), byLabel("colour=red,size=2")],
  "a label selector that is none": [byLabel("colour in red"), byLabel("a b"), byLabel("=x"), byLabel("colour=a b")],
  "a value that cannot be one": [byLabel("colour=_")],
  "a field": [
    first(post(at.pods, pod("one"))),
    first(post(at.pods, pod("two", { nodeName: "nowhere", restartPolicy: "Never" }))),
    byField("metadata.name=one"),
    byField("spec.nodeName=nowhere"),
    byField("spec.nodeName="),
    byField("status.phase=Pending,metadata.name!=one"),
    byField("spec.restartPolicy=Never"),
    byField("spec.schedulerName=default-scheduler"),
    byField("spec.serviceAccountName=default"),
  ],
  "a namespace": [byField("metadata.namespace={ns}"), byField("metadata.namespace=other")],
  "a field by which nobody can select": [byField("spec.hostname=x"), byField("metadata.uid=x")],
  "a field by which nobody can select, of another group": [byField("spec.replicas=1", at.deployments)],
  "a field selector that is none": [byField("metadata.name"), byField("metadata.name>1")],
  "a type of Secret": [
    first(post(at.secrets, { metadata: { name: "typed" }, type: "a/b" })),
    byField("type=a/b", at.secrets),
  ],
  "what an Event is about": [
    first(
      post(at.events, {
        metadata: { name: "a" },
        involvedObject: { kind: "Pod", namespace: "{ns}", name: "p" },
        reason: "R",
      }),
    ),
    byField("involvedObject.name=p,involvedObject.kind=Pod", at.events),
    byField("reason=Other", at.events),
  ],
  "a Namespace by its phase": [byField("status.phase=Active,metadata.name={ns}", at.namespaces)],
  "an unschedulable Node": [byField("spec.unschedulable=true,metadata.name=none", at.nodes)],
});
