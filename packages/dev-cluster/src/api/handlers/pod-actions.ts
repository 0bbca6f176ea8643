import { type Pod, type PodCondition, resources } from "@virtual-kubelet/kubernetes";
import { type ApiError, badRequest, conflict, invalid } from "../../api-error.ts";
import { timestamp } from "../../storage/deletion.ts";
import { bodyJson } from "../decoding.ts";
import { onTrial } from "../dry-run.ts";
import { type ApiAnswer, type ResourceRequest, isJsonObject } from "../request.ts";
import { deleteOptionsFrom } from "./remove.ts";
import { stored } from "./read.ts";

const success = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 };

/** POST of `binding`: the scheduler's decision. A pod is bound once. */
export async function bind(request: ResourceRequest): Promise<ApiAnswer> {
  const body = await bodyJson(request);
  const target = isJsonObject(body) && isJsonObject(body["target"]) ? body["target"]["name"] : undefined;
  if (typeof target !== "string" || target === "") {
    throw invalid({ group: "", plural: "bindings", kind: "Binding" }, request.name, [
      { reason: "FieldValueRequired", message: "Required value", field: "target.name" },
    ]);
  }
  const { metadata, spec } = stored(request) as Pod;
  if (metadata.deletionTimestamp !== undefined)
    throw unbindable(request.name, "is being deleted, cannot be assigned to a host");
  if (spec.nodeName) throw unbindable(request.name, `is already assigned to node "${spec.nodeName}"`);
  if (spec.schedulingGates?.length) throw unbindable(request.name, "has non-empty .spec.schedulingGates");
  request.storage.update(resources.pods, metadata, (pod) => bound(pod, target));
  return { code: 201, body: success };
}

function unbindable(name: string, why: string): ApiError {
  return conflict({ group: "", plural: "pods/binding", kind: "Binding" }, name, `pod ${name} ${why}`);
}

function bound(pod: Pod, nodeName: string): Pod {
  return withCondition({ ...pod, spec: { ...pod.spec, nodeName } }, { type: "PodScheduled", status: "True" });
}

/** By which a Job knows that its pod did not fail by itself. */
const disruption = {
  type: "DisruptionTarget",
  status: "True",
  reason: "EvictionByEvictionAPI",
  message: "Eviction API: evicting",
};

function withCondition(pod: Pod, condition: PodCondition): Pod {
  const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== condition.type);
  const now = { lastProbeTime: null, lastTransitionTime: timestamp(new Date()) };
  return { ...pod, status: { ...pod.status, conditions: [...others, { ...now, ...condition }] } } as unknown as Pod;
}

/** POST of `eviction`: a delete, as there are no disruption budgets. */
export async function evict(request: ResourceRequest): Promise<ApiAnswer> {
  const body = await bodyJson(request);
  const given = isJsonObject(body) && isJsonObject(body["deleteOptions"]) ? body["deleteOptions"] : {};
  const { name } = isJsonObject(body) && isJsonObject(body["metadata"]) ? body["metadata"] : {};
  if (name !== request.name) throw badRequest("name in URL does not match name in Eviction object");
  const options = deleteOptionsFrom(given);
  const { storage } = onTrial(request, options);
  const { metadata } = stored(request);
  if (options.uid === undefined || options.uid === metadata.uid)
    storage.update(resources.pods, metadata, (pod) => withCondition(pod, disruption));
  storage.delete(resources.pods, metadata, options);
  return { code: 201, body: success };
}
