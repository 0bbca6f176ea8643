import { type ContainerFieldName, containerFields } from "./fields/container-fields.ts";
import type { FieldRule } from "./fields/field-rule.ts";
import { type SecurityFieldName, securityFields } from "./fields/security-fields.ts";
import { type SpecFieldName, specFields } from "./fields/spec-fields.ts";
import { type VolumeFieldName, volumeFields } from "./fields/volume-fields.ts";

/**
 * A field of the catalogue, by its path, as events and tables show it; with `=` and a value where a backend may be able to give one value of
 * it and not another. `spec.containers[*]` means init containers too.
 */
export type PodFieldName = SpecFieldName | ContainerFieldName | SecurityFieldName | VolumeFieldName;

export interface PodField extends FieldRule {
  readonly field: PodFieldName;
  /** What else a pod asks for that asks for this, as a `subPath` takes a volume. */
  readonly needs: readonly PodFieldName[];
}

const needs: Readonly<Partial<Record<PodFieldName, readonly PodFieldName[]>>> = {
  "spec.containers[*].env[*].valueFrom.fieldRef=status.podIP": ["spec.containers[*].env"],
  "spec.containers[*].env[*].valueFrom.fileKeyRef": ["spec.containers[*].env", "spec.volumes[*].emptyDir"],
  "spec.containers[*].ports[*].hostIP": ["spec.containers[*].ports", "spec.containers[*].ports[*].hostPort"],
  "spec.containers[*].ports[*].hostPort": ["spec.containers[*].ports"],
  "spec.containers[*].ports[*].protocol=SCTP": ["spec.containers[*].ports"],
  "spec.containers[*].ports[*].protocol=UDP": ["spec.containers[*].ports"],
  "spec.containers[*].restartPolicyRules": ["spec.containers[*].restartPolicy"],
  "spec.containers[*].stdinOnce": ["spec.containers[*].stdin"],
  "spec.containers[*].volumeDevices": ["spec.volumes[*].persistentVolumeClaim"],
  "spec.containers[*].volumeMounts[*].mountPropagation": ["spec.volumes[*].emptyDir"],
  "spec.containers[*].volumeMounts[*].readOnly": ["spec.volumes[*].emptyDir"],
  "spec.containers[*].volumeMounts[*].recursiveReadOnly": [
    "spec.containers[*].volumeMounts[*].readOnly",
    "spec.volumes[*].emptyDir",
  ],
  "spec.containers[*].volumeMounts[*].subPath": ["spec.volumes[*].emptyDir"],
  "spec.volumes[*].emptyDir.medium=HugePages": ["spec.volumes[*].emptyDir"],
  "spec.volumes[*].emptyDir.medium=Memory": ["spec.volumes[*].emptyDir"],
  "spec.volumes[*].emptyDir.sizeLimit": ["spec.volumes[*].emptyDir"],
};

/**
 * Every field of a pod, as Kubernetes 1.37 has it, that a backend may be unable to give: what `featureMatrix` has answered, and what samples for
 * tests are made of.
 *
 * Left out is what others answer for: where the pod may go (affinity, selectors, tolerations, topology, gates, `os`, `overhead`,
 * `preemptionPolicy`) the scheduler and the node's own admission; readiness gates and `observedGeneration` the node; the contents of volumes and
 * variables (`items`, `defaultMode`, `enableServiceLinks`, …) the context; resizing (`resizePolicy`) `updatePod`; and what only tells how
 * fast something is to be done (`fsGroupChangePolicy`, `seLinuxChangePolicy`) nobody.
 */
export const podFields: Readonly<Record<PodFieldName, PodField>> = withNames({
  ...specFields,
  ...containerFields,
  ...securityFields,
  ...volumeFields,
});

function withNames(rules: Readonly<Record<PodFieldName, FieldRule>>): Readonly<Record<PodFieldName, PodField>> {
  const fields = Object.entries(rules) as [PodFieldName, FieldRule][];
  return Object.fromEntries(
    fields.map(([field, rule]) => [field, { ...rule, field, needs: needs[field] ?? [] }]),
  ) as Record<PodFieldName, PodField>;
}
