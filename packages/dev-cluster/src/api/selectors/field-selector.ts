import type { Resource } from "@virtual-kubelet/kubernetes";
import { badRequest } from "../../api-error.ts";
import { asJson, isJsonObject } from "../request.ts";
import type { Selector } from "./label-selector.ts";

/** The fields that can be selected by, besides name and namespace (`pkg/apis/core/v1/conversion.go` and each strategy). */
const selectable: Readonly<Record<string, readonly string[]>> = {
  Pod: [
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "spec.hostNetwork",
    "status.phase",
    "status.podIP",
    "status.nominatedNodeName",
  ],
  Node: ["spec.unschedulable"],
  Namespace: ["status.phase"],
  Secret: ["type"],
  Service: ["spec.clusterIP", "spec.type"],
  Job: ["status.successful"],
  ReplicaSet: ["status.replicas"],
  Event: [
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    "reportingComponent",
    "source",
    "type",
  ],
};

/** Fields that are selected by another name than where they are, and what is written for an absent value. */
const paths: Readonly<Record<string, string>> = { "status.successful": "status.succeeded", source: "source.component" };
const absent: Readonly<Record<string, string>> = {
  "spec.unschedulable": "false",
  "spec.hostNetwork": "false",
  "status.successful": "0",
  "status.replicas": "0",
};

interface Term {
  readonly path: string;
  readonly value: string;
  readonly equal: boolean;
}

/** Reads `spec.nodeName=a,status.phase!=Failed`. Throws `BadRequest` for a field that cannot be selected by. */
export function fieldSelector(resource: Resource<unknown>, text: string): Selector {
  const own = selectable[resource.kind];
  const terms = text
    .split(/(?<!\\),/)
    .filter((term) => term !== "")
    .map(termOf);
  const known = new Set(["metadata.name", ...(own ?? [])]);
  if (resource.namespaced) known.add("metadata.namespace");
  for (const { path } of terms) {
    if (known.has(path)) continue;
    const all = [...known].map((one) => `"${one}"`).join(", ");
    throw badRequest(
      own ? `field label not supported: ${path}` : `"${path}" is not a known field selector: only ${all}`,
    );
  }
  return (object) => terms.every(({ path, value, equal }) => (valueAt(asJson(object), path) === value) === equal);
}

function termOf(text: string): Term {
  const match = /^([^=!]+)(!=|==|=)(.*)$/.exec(text);
  if (!match) throw badRequest(`invalid selector: '${text}'; can't understand '${text}'`);
  const [, path = "", operator, value = ""] = match;
  return { path: path.trim(), value: value.replaceAll(/\\([,=\\])/g, "$1"), equal: operator !== "!=" };
}

function valueAt(object: unknown, path: string): string {
  let value = object;
  for (const key of (paths[path] ?? path).split(".")) value = isJsonObject(value) ? value[key] : undefined;
  if (typeof value === "string") return value;
  return value === undefined ? (absent[path] ?? "") : JSON.stringify(value);
}
