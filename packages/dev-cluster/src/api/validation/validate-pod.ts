import type { Container, Pod, PodSpec, StatusCause } from "@virtual-kubelet/kubernetes";
import { isDeepStrictEqual } from "node:util";
import { type Validation, causesOf, fault, required } from "./faults.ts";
import { labelNameFault } from "./validate-metadata.ts";

const restartPolicies = ["Always", "OnFailure", "Never"];
const pullPolicies = ["Always", "IfNotPresent", "Never"];
const quantity = /^[+-]?(\d+(\.\d*)?|\.\d+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/;
const quantityRule = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

/** A pod's spec, or a template's: `path` says where it is. */
export function validatePodSpec(spec: PodSpec | undefined, path: string): readonly StatusCause[] {
  if (!spec) return [required(`${path}.containers`)];
  const containers = spec.containers ?? [];
  const initContainers = spec.initContainers ?? [];
  const volumes = new Set((spec.volumes ?? []).map((volume) => volume.name));
  const named = [
    ...initContainers.map((one, index) => ({ one, at: `${path}.initContainers[${index}]` })),
    ...containers.map((one, index) => ({ one, at: `${path}.containers[${index}]` })),
  ];
  const grace = spec.terminationGracePeriodSeconds ?? 0;
  return causesOf(
    ...(spec.volumes ?? []).map(({ name }, index) => nameFault(name, `${path}.volumes[${index}].name`)),
    containers.length === 0 && required(`${path}.containers`),
    ...named.flatMap(({ one, at }) => containerFaults(one, at, volumes)),
    ...duplicates(named.map(({ one, at }) => [one.name, `${at}.name`])),
    oneOf(spec.restartPolicy, restartPolicies, `${path}.restartPolicy`),
    termsFault(spec, path),
    grace < 0 &&
      fault("Invalid", `${path}.terminationGracePeriodSeconds`, {
        value: grace,
        why: "must be greater than or equal to 0",
      }),
  );
}

function termsFault({ affinity }: PodSpec, path: string): Validation {
  const field = "requiredDuringSchedulingIgnoredDuringExecution";
  const selector = affinity?.nodeAffinity?.[field];
  if (!selector || selector.nodeSelectorTerms?.length) return undefined;
  return required(
    `${path}.affinity.nodeAffinity.${field}.nodeSelectorTerms`,
    "must have at least one node selector term",
  );
}

function containerFaults(container: Container, at: string, volumes: ReadonlySet<string>): readonly Validation[] {
  const amounts = (["limits", "requests"] as const).flatMap((kind) =>
    Object.entries(container.resources?.[kind] ?? {}).map(([name, value]) => ({
      value,
      field: `${at}.resources.${kind}[${name}]`,
    })),
  );
  return [
    nameFault(container.name, `${at}.name`),
    !container.image && required(`${at}.image`),
    oneOf(container.imagePullPolicy, pullPolicies, `${at}.imagePullPolicy`),
    ...(container.ports ?? []).map(({ containerPort }, index) => {
      const wrong = containerPort < 1 || containerPort > 65_535;
      return (
        wrong &&
        fault("Invalid", `${at}.ports[${index}].containerPort`, {
          value: containerPort,
          why: "must be between 1 and 65535, inclusive",
        })
      );
    }),
    ...(container.env ?? []).map(({ name }, index) => !name && required(`${at}.env[${index}].name`)),
    ...(container.volumeMounts ?? []).flatMap(({ name, mountPath }, index) => [
      !mountPath && required(`${at}.volumeMounts[${index}].mountPath`),
      !volumes.has(name) && {
        reason: "FieldValueNotFound",
        message: `Not found: ${JSON.stringify(name)}`,
        field: `${at}.volumeMounts[${index}].name`,
      },
    ]),
    ...amounts.map(
      ({ value, field }) => !quantity.test(value) && fault("Invalid", field, { value, why: quantityRule }),
    ),
  ];
}

function nameFault(name: string | undefined, field: string): Validation {
  return name ? labelNameFault(name, field) : required(field);
}

function duplicates(names: readonly (readonly [name: string, field: string])[]): readonly Validation[] {
  return names.map(
    ([name, field], index) =>
      Boolean(name) && names.findIndex(([one]) => one === name) < index && fault("Duplicate", field, { value: name }),
  );
}

function oneOf(value: string | undefined, supported: readonly string[], field: string): Validation {
  if (value === undefined || supported.includes(value)) return undefined;
  return fault("NotSupported", field, {
    value,
    why: `supported values: ${supported.map((one) => JSON.stringify(one)).join(", ")}`,
  });
}

const updateRule =
  "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/** Most of a pod's spec cannot change. */
export function validatePodUpdate(pod: Pod, current: Pod): readonly StatusCause[] {
  const kept = (current.spec.tolerations ?? []).every((one) =>
    pod.spec.tolerations?.some((other) => isDeepStrictEqual(one, other)),
  );
  const images = (
    containers: readonly Container[] | undefined,
    from: readonly Container[] | undefined,
  ): readonly Container[] | undefined =>
    containers?.map((one, index) => ({
      ...one,
      ...(from?.[index]?.image === undefined ? {} : { image: from[index].image }),
    }));
  const same =
    kept &&
    isDeepStrictEqual(fixedPart(pod.spec), fixedPart(current.spec)) &&
    isDeepStrictEqual(images(pod.spec.containers, current.spec.containers), current.spec.containers) &&
    isDeepStrictEqual(images(pod.spec.initContainers, current.spec.initContainers), current.spec.initContainers);
  return same ? causesOf(...addedGates(pod, current)) : [fault("Forbidden", "spec", { why: updateRule })];
}

/** Gates are only ever taken away: that is how a pod is let go to the scheduler. */
function addedGates({ spec }: Pod, current: Pod): readonly Validation[] {
  const before = new Set((current.spec.schedulingGates ?? []).map(({ name }) => name));
  return (spec.schedulingGates ?? []).map(
    ({ name }, index) =>
      !before.has(name) &&
      fault("Forbidden", `spec.schedulingGates[${index}]`, {
        why: `only deletion is allowed, but found new scheduling gate '${name}'`,
      }),
  );
}

function fixedPart(spec: PodSpec): object {
  const changeable = new Set([
    "activeDeadlineSeconds",
    "tolerations",
    "containers",
    "initContainers",
    "schedulingGates",
  ]);
  return Object.fromEntries(Object.entries(spec).filter(([field]) => !changeable.has(field)));
}
