import { type Pod, resources } from "@virtual-kubelet/kubernetes";
import { conflict, invalid } from "../../api-error.ts";
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
    throw conflict(
      request.served.resource,
      request.name,
      `pod ${request.name} is being deleted, cannot be assigned to a host`,
    );
  if (spec.nodeName)
    throw conflict(
      request.served.resource,
      request.name,
      `pod ${request.name} is already assigned to node "${spec.nodeName}"`,
    );
  request.storage.update(resources.pods, metadata, (pod) => bound(pod, target));
  return { code: 201, body: success };
}

function bound(pod: Pod, nodeName: string): Pod {
  const others = (pod.status?.conditions ?? []).filter((condition) => condition.type !== "PodScheduled");
  const scheduled = {
    type: "PodScheduled",
    status: "True",
    lastProbeTime: null,
    lastTransitionTime: timestamp(new Date()),
  };
  return {
    ...pod,
    spec: { ...pod.spec, nodeName },
    status: { ...pod.status, conditions: [...others, scheduled] },
  } as unknown as Pod;
}

/** POST of `eviction`: a delete, as there are no disruption budgets. */
export async function evict(request: ResourceRequest): Promise<ApiAnswer> {
  const body = await bodyJson(request);
  const given = isJsonObject(body) && isJsonObject(body["deleteOptions"]) ? body["deleteOptions"] : {};
  const options = deleteOptionsFrom(given);
  onTrial(request, options).storage.delete(resources.pods, stored(request).metadata, options);
  return { code: 201, body: success };
}
