import { type Pod, type StatusCause, qosClass } from "@virtual-kubelet/kubernetes";
import { isDeepStrictEqual } from "node:util";
import { type Validation, causesOf, fault, required } from "./faults.ts";
import { labelNameFault } from "./validate-metadata.ts";

type EphemeralContainer = NonNullable<Pod["spec"]["ephemeralContainers"]>[number];

/** What such a container may not have; the field's name in the pod. */
const withoutMeaning = [
  "ports",
  "livenessProbe",
  "readinessProbe",
  "startupProbe",
  "lifecycle",
  "restartPolicy",
] as const;

/**
 * What `pods/ephemeralcontainers` may add: containers are only ever added.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/core/validation/validation.go (`ValidatePodEphemeralContainersUpdate`)
 */
export function validateEphemeralContainers(pod: Pod, current: Pod): readonly StatusCause[] {
  const wanted = pod.spec.ephemeralContainers ?? [];
  const before = current.spec.ephemeralContainers ?? [];
  return causesOf(
    ...wanted.flatMap((one, index) => containerFaults(one, `spec.ephemeralContainers[${index}]`, pod)),
    ...before.map((one) => {
      const now = wanted.find(({ name }) => name === one.name);
      if (isDeepStrictEqual(now, one)) return false;
      const why = `existing ephemeral containers ${JSON.stringify(one.name)} may not be ${now ? "changed" : "removed"}`;
      return fault("Forbidden", "spec.ephemeralContainers", { why });
    }),
  );
}

function containerFaults(container: EphemeralContainer, at: string, { spec }: Pod): readonly Validation[] {
  const { name, image, targetContainerName: target, resources } = container;
  const others = [...spec.containers, ...(spec.initContainers ?? [])];
  const all = [...others, ...(spec.ephemeralContainers ?? [])];
  const meaningless = withoutMeaning.filter((field) => container[field] !== undefined);
  const hasResources = Object.keys(resources ?? {}).length > 0;
  return [
    name ? labelNameFault(name, `${at}.name`) : required(`${at}.name`),
    !image && required(`${at}.image`),
    Boolean(name) &&
      all.filter((one) => one.name === name).length > 1 &&
      fault("Duplicate", `${at}.name`, { value: name }),
    Boolean(target) &&
      !others.some((one) => one.name === target) && {
        reason: "FieldValueNotFound",
        message: `Not found: ${JSON.stringify(target)}`,
        field: `${at}.targetContainerName`,
      },
    ...[...meaningless, ...(hasResources ? ["resources"] : [])].map((field) =>
      fault("Forbidden", `${at}.${field}`, { why: "cannot be set for an Ephemeral Container" }),
    ),
  ];
}

/**
 * What `pods/resize` may change.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/core/validation/validation.go (`ValidatePodResize`)
 */
export function validateResize(pod: Pod, current: Pod): readonly StatusCause[] {
  const changed = qosClass(pod) !== (current.status?.qosClass ?? qosClass(current));
  // A node that resizes says what its containers have been given.
  const running = current.status?.containerStatuses?.find(({ state }) => state?.running);
  return causesOf(
    running !== undefined &&
      running.resources === undefined &&
      fault("Forbidden", "spec", { why: "Pod running on node without support for resize" }),
    changed &&
      fault("Invalid", "spec", {
        value: qosClass(pod),
        why: "Pod QOS Class may not change as a result of resizing",
      }),
  );
}
