import type { StoredObject } from "@virtual-kubelet/kubernetes";
import { badRequest, conflict, forbidden } from "../../api-error.ts";
import type { DeleteOptions } from "../../storage/deletion.ts";
import { type ApiAnswer, type ResourceRequest, isJsonObject } from "../request.ts";
import { bodyJson } from "../decoding.ts";
import { invalidOptions } from "../options.ts";
import { isDryRun, onTrial } from "../dry-run.ts";
import { answerWith, representedList } from "../representation.ts";
import { selected, selectorOf } from "../selectors/selection.ts";
import { fault } from "../validation/faults.ts";
import { checkNumber } from "./list-options.ts";
import { stored } from "./read.ts";

/** Kinds of which a delete returns the object also when it is gone at once; others return a Status. */
const returned = new Set(["Pod", "Namespace", "Service", "ServiceAccount"]);

const policies: readonly unknown[] = ["Foreground", "Background", "Orphan"];

/** A cluster does not live without them. */
const lastingNamespaces = new Set(["default", "kube-system", "kube-public"]);

/** DELETE of one object. */
export async function remove(asked: ResourceRequest): Promise<ApiAnswer> {
  const options = await deleteOptions(asked);
  const request = onTrial(asked, options);
  const { resource } = request.served;
  const current = stored(request);
  if (resource.kind === "Namespace" && lastingNamespaces.has(current.metadata.name))
    throw forbidden(resource, current.metadata.name, "this namespace may not be deleted");
  checkPreconditions(request, current, options);
  const removed = request.storage.delete(resource, current.metadata, { ...defaultPolicy(request), ...options });
  if (returned.has(resource.kind) || request.storage.get(resource, current.metadata))
    return answerWith(request, removed);
  const { name, uid } = current.metadata;
  const details = { name, ...(resource.group === "" ? {} : { group: resource.group }), kind: resource.plural, uid };
  return { body: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details } };
}

/** DELETE of a collection: of all that is selected. */
export async function removeCollection(asked: ResourceRequest): Promise<ApiAnswer> {
  const options = await deleteOptions(asked);
  const request = onTrial(asked, options);
  const { resource } = request.served;
  const removed = selected(request, selectorOf(request)).map((object) =>
    request.storage.delete(resource, object.metadata, { ...defaultPolicy(request), ...options }),
  );
  return { body: representedList(request, removed, { resourceVersion: String(request.storage.version) }) };
}

/** The pods of a Job stay, unless the client says otherwise as kubectl does (job strategy, `DefaultGarbageCollectionPolicy`). */
function defaultPolicy({ served }: ResourceRequest): DeleteOptions {
  return served.resource.kind === "Job" ? { propagationPolicy: "Orphan" } : {};
}

interface CheckedDeleteOptions extends DeleteOptions {
  readonly resourceVersion?: string;
  /** `kubectl delete --dry-run=server` says it in the body. */
  readonly dryRun: boolean;
}

function checkPreconditions(request: ResourceRequest, { metadata }: StoredObject, options: CheckedDeleteOptions): void {
  const { resourceVersion } = options;
  if (resourceVersion === undefined || resourceVersion === metadata.resourceVersion) return;
  const why = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`;
  const { kind } = request.served.resource;
  throw conflict({ group: "", plural: kind, kind }, metadata.name, why);
}

/** `DeleteOptions` of the body, and those that may stand in the query instead. */
export async function deleteOptions(request: ResourceRequest): Promise<CheckedDeleteOptions> {
  const body = await bodyJson(request, { optional: true });
  const { kind = "DeleteOptions" } = isJsonObject(body) ? body : {};
  if (kind !== "DeleteOptions") throw badRequest(`${String(kind)} cannot be handled as DeleteOptions`);
  return deleteOptionsFrom({ ...Object.fromEntries(request.query), ...(isJsonObject(body) ? body : {}) });
}

export function deleteOptionsFrom(from: Readonly<Record<string, unknown>>): CheckedDeleteOptions {
  const preconditions = isJsonObject(from["preconditions"]) ? from["preconditions"] : {};
  const { uid, resourceVersion } = preconditions;
  const { gracePeriodSeconds } = from;
  if (gracePeriodSeconds !== undefined) checkNumber(`${gracePeriodSeconds as string | number}`);
  const grace = gracePeriodSeconds === undefined ? undefined : Number(gracePeriodSeconds);
  const policy = from["orphanDependents"] === true ? "Orphan" : from["propagationPolicy"];
  if (policy !== undefined && !policies.includes(policy)) {
    const why = `supported values: ${policies.map((one) => JSON.stringify(one)).join(", ")}, "nil"`;
    throw invalidOptions("DeleteOptions", [fault("NotSupported", "propagationPolicy", { value: policy, why })]);
  }
  return {
    dryRun: isDryRun("DELETE", [from["dryRun"] ?? []].flat()),
    ...(grace === undefined ? {} : { gracePeriodSeconds: grace }),
    ...(typeof policy === "string" ? { propagationPolicy: policy } : {}),
    ...(typeof uid === "string" ? { uid } : {}),
    ...(typeof resourceVersion === "string" ? { resourceVersion } : {}),
  };
}
