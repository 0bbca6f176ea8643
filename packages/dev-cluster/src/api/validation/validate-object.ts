import {
  type ConfigMap,
  type Deployment,
  type Event,
  type Job,
  type LabelSelector,
  type Pod,
  type Resource,
  type Secret,
  selects,
  type StatusCause,
  type StoredObject,
} from "@virtual-kubelet/kubernetes";
import { isDeepStrictEqual } from "node:util";
import { invalid } from "../../api-error.ts";
import { type Validation, causesOf, fault, required } from "./faults.ts";
import { newFinalizerFault, validateMetadata } from "./validate-metadata.ts";
import { validateEphemeralContainers, validateResize } from "./validate-pod-parts.ts";
import { validatePodSpec, validatePodUpdate } from "./validate-pod.ts";

/** A small part of the real server's validation: enough that the usual mistakes get the usual message. Throws `Invalid` with all faults. */
export function validateCreation(resource: Resource<unknown>, object: StoredObject): void {
  refuse(resource, object, [...validateMetadata(resource, object), ...validateKind(object)]);
}

/** As on creation, and what must not change. */
export function validateUpdate(request: UpdateRequest, object: StoredObject, current: StoredObject): void {
  const { served, subresource } = request;
  const { resource } = served;
  const frozen =
    object.kind === "Pod" ? podFaults(subresource, object as Pod, current as Pod) : validateImmutable(object, current);
  const faults = [...validateMetadata(resource, object), ...causesOf(newFinalizerFault(object, current))];
  refuse(resource, object, [...faults, ...validateKind(object), ...frozen]);
}

/** Through which endpoint an object is changed. */
export interface UpdateRequest {
  readonly served: { readonly resource: Resource<unknown> };
  readonly subresource: string;
}

function podFaults(subresource: string, pod: Pod, current: Pod): readonly StatusCause[] {
  if (subresource === "ephemeralcontainers") return validateEphemeralContainers(pod, current);
  return subresource === "resize" ? validateResize(pod, current) : validatePodUpdate(pod, current);
}

function refuse(resource: Resource<unknown>, object: StoredObject, faults: readonly StatusCause[]): void {
  if (faults.length > 0) throw invalid(resource, object.metadata.name ?? object.metadata.generateName ?? "", faults);
}

function validateKind(object: StoredObject): readonly StatusCause[] {
  switch (object.kind) {
    case "Pod":
      return validatePodSpec((object as Pod).spec, "spec");
    case "Deployment":
      return [...validateWorkload(object as Deployment), ...validateStrategy(object as Deployment)];
    case "ReplicaSet":
      return validateWorkload(object as Deployment);
    case "Job":
      return validateJob(object as Job);
    case "Event":
      return validateEvent(object as Event);
    case "Service":
      return validateService(object as StoredObject & { readonly spec?: ServiceSpecPart });
    default:
      return [];
  }
}

function validateWorkload({ kind = "", spec }: Deployment): readonly StatusCause[] {
  if (!spec) return [required("spec.selector"), required("spec.template")];
  const { selector, template } = spec;
  const labels = template?.metadata?.labels;
  const unselected = selector && template && !selects(selector, labels);
  const negative = spec.replicas !== undefined && spec.replicas < 0;
  return causesOf(
    !selector && required("spec.selector"),
    // It would select everything: whatever belongs to nobody would be adopted, and deleted as surplus.
    isEmpty(selector) &&
      fault("Invalid", "spec.selector", {
        value: selector,
        why: `empty selector is invalid for ${kind.toLowerCase()}`,
      }),
    negative && fault("Invalid", "spec.replicas", { value: spec.replicas, why: "must be greater than or equal to 0" }),
    ...validateTemplate(template, "Always"),
    unselected &&
      fault("Invalid", "spec.template.metadata.labels", {
        value: labels ?? {},
        why: "`selector` does not match template `labels`",
      }),
  );
}

function validateStrategy({ spec }: Deployment): readonly StatusCause[] {
  const { type, rollingUpdate: { maxSurge, maxUnavailable } = {} } = spec?.strategy ?? {};
  const none = (value: number | string | undefined): boolean =>
    value !== undefined && Number.parseInt(`${value}`, 10) === 0;
  return causesOf(
    type === "Recreate" &&
      spec?.strategy?.rollingUpdate !== undefined &&
      fault("Forbidden", "spec.strategy.rollingUpdate", {
        why: "may not be specified when strategy `type` is 'Recreate'",
      }),
    none(maxSurge) &&
      none(maxUnavailable) &&
      fault("Invalid", "spec.strategy.rollingUpdate.maxUnavailable", {
        value: maxUnavailable,
        why: "may not be 0 when `maxSurge` is 0",
      }),
  );
}

function isEmpty(selector: LabelSelector | undefined): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {};
  return selector !== undefined && Object.keys(matchLabels).length + matchExpressions.length === 0;
}

/** `policy` is the only restart policy that is allowed; absent: any but `Always`. */
function validateTemplate(
  template: Deployment["spec"]["template"] | undefined,
  policy?: string,
): readonly Validation[] {
  if (!template?.spec) return [required("spec.template.spec.containers")];
  const { restartPolicy } = template.spec;
  const allowed = policy === undefined ? ["OnFailure", "Never"] : [policy];
  const wrong = restartPolicy !== undefined && !allowed.includes(restartPolicy);
  const supported = allowed.map((one) => JSON.stringify(one)).join(", ");
  const message = { value: restartPolicy, why: `supported values: ${supported}` };
  return [
    ...validatePodSpec(template.spec, "spec.template.spec"),
    wrong && fault("NotSupported", "spec.template.spec.restartPolicy", message),
  ];
}

function validateJob({ spec }: Job): readonly StatusCause[] {
  if (!spec) return [required("spec.template")];
  const negative = (["parallelism", "completions", "backoffLimit", "activeDeadlineSeconds"] as const).filter(
    (name) => (spec[name] ?? 0) < 0,
  );
  return causesOf(
    ...negative.map((name) =>
      fault("Invalid", `spec.${name}`, { value: spec[name], why: "must be greater than or equal to 0" }),
    ),
    ...validateTemplate(spec.template),
  );
}

function validateEvent({ involvedObject, metadata }: Event): readonly StatusCause[] {
  const { namespace } = involvedObject;
  const own = namespace === undefined ? ["default", "kube-system"] : [namespace];
  const elsewhere = !own.includes(metadata.namespace ?? "");
  const why = "does not match event.namespace";
  return causesOf(elsewhere && fault("Invalid", "involvedObject.namespace", { value: namespace ?? "", why }));
}

interface ServiceSpecPart {
  readonly clusterIP?: string;
  readonly type?: string;
  readonly ports?: readonly { readonly port?: number }[];
}

function validateService({ spec }: { readonly spec?: ServiceSpecPart }): readonly StatusCause[] {
  const headless = spec?.clusterIP === "None" || spec?.type === "ExternalName";
  const ports = spec?.ports ?? [];
  return causesOf(
    !headless && ports.length === 0 && required("spec.ports"),
    ...ports.map(
      ({ port = 0 }, index) =>
        (port < 1 || port > 65_535) &&
        fault("Invalid", `spec.ports[${index}].port`, { value: port, why: "must be between 1 and 65535, inclusive" }),
    ),
  );
}

/** Fields that stay as they were created. */
const immutable: Readonly<Record<string, readonly string[]>> = {
  Deployment: ["selector"],
  ReplicaSet: ["selector"],
  Job: ["selector", "completions", "template"],
};

function validateImmutable(object: StoredObject, current: StoredObject): readonly StatusCause[] {
  const spec = (one: StoredObject): Readonly<Record<string, unknown>> =>
    (one as Partial<{ spec: Record<string, unknown> }> & StoredObject).spec ?? {};
  if (object.kind === "ConfigMap" || object.kind === "Secret") return validateContents(object, current);
  return (immutable[object.kind ?? ""] ?? [])
    .filter((field) => !isDeepStrictEqual(spec(object)[field], spec(current)[field]))
    .map((field) => fault("Invalid", `spec.${field}`, { value: spec(object)[field], why: "field is immutable" }));
}

/** A ConfigMap or Secret that is `immutable` stays so, with its contents. */
function validateContents(object: Contents, current: Contents): readonly StatusCause[] {
  const why = "field is immutable when `immutable` is set";
  const changed = (["data", "binaryData"] as const).filter(
    (field) => !isDeepStrictEqual(object[field] ?? {}, current[field] ?? {}),
  );
  return causesOf(
    ...(current.immutable ? changed.map((field) => fault("Forbidden", field, { why })) : []),
    current.immutable && !object.immutable && fault("Forbidden", "immutable", { why }),
    object.type !== current.type && fault("Invalid", "type", { value: object.type, why: "field is immutable" }),
  );
}

type Contents = StoredObject & Pick<ConfigMap, "data" | "binaryData" | "immutable"> & Pick<Secret, "type">;
