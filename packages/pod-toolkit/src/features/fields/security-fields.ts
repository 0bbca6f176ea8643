import { type FieldRule, inEitherSecurity, inPodSecurity } from "./field-rule.ts";

/** What containers may do: named after the container's security context where it has the field, though a pod may say it for all. */
export type SecurityFieldName =
  | `spec.containers[*].securityContext.${
      | "allowPrivilegeEscalation"
      | "appArmorProfile"
      | "capabilities.add"
      | "capabilities.drop"
      | "privileged"
      | "procMount"
      | "readOnlyRootFilesystem"
      | "runAsGroup"
      | "runAsNonRoot"
      | "runAsUser"
      | "seLinuxOptions"
      | "seccompProfile"
      | "windowsOptions"}`
  | `spec.securityContext.${"fsGroup" | "supplementalGroups" | "supplementalGroupsPolicy" | "sysctls"}`;

export const securityFields: Readonly<Record<SecurityFieldName, FieldRule>> = {
  // Only `false` asks for anything.
  "spec.containers[*].securityContext.allowPrivilegeEscalation": inEitherSecurity(
    { allowPrivilegeEscalation: false },
    ({ allowPrivilegeEscalation }) => allowPrivilegeEscalation === false,
  ),
  "spec.containers[*].securityContext.appArmorProfile": inEitherSecurity(
    { appArmorProfile: { type: "RuntimeDefault" } },
    ({ appArmorProfile }) => appArmorProfile,
  ),
  "spec.containers[*].securityContext.capabilities.add": capabilities("add", "NET_ADMIN"),
  "spec.containers[*].securityContext.capabilities.drop": capabilities("drop", "ALL"),
  "spec.containers[*].securityContext.privileged": inEitherSecurity(
    { privileged: true },
    ({ privileged }) => privileged,
  ),
  "spec.containers[*].securityContext.procMount": inEitherSecurity(
    { procMount: "Unmasked" },
    ({ procMount = "Default" }) => procMount !== "Default",
  ),
  "spec.containers[*].securityContext.readOnlyRootFilesystem": inEitherSecurity(
    { readOnlyRootFilesystem: true },
    ({ readOnlyRootFilesystem }) => readOnlyRootFilesystem,
  ),
  "spec.containers[*].securityContext.runAsGroup": inEitherSecurity(
    { runAsGroup: 1000 },
    ({ runAsGroup }) => runAsGroup !== undefined,
  ),
  "spec.containers[*].securityContext.runAsNonRoot": inEitherSecurity(
    { runAsNonRoot: true },
    ({ runAsNonRoot }) => runAsNonRoot,
  ),
  "spec.containers[*].securityContext.runAsUser": inEitherSecurity(
    { runAsUser: 1000 },
    ({ runAsUser }) => runAsUser !== undefined,
  ),
  "spec.containers[*].securityContext.seLinuxOptions": inEitherSecurity(
    { seLinuxOptions: { level: "s0:c123,c456" } },
    ({ seLinuxOptions }) => seLinuxOptions,
  ),
  "spec.containers[*].securityContext.seccompProfile": inEitherSecurity(
    { seccompProfile: { type: "RuntimeDefault" } },
    ({ seccompProfile }) => seccompProfile && seccompProfile.type !== "Unconfined",
  ),
  "spec.containers[*].securityContext.windowsOptions": inEitherSecurity(
    { windowsOptions: { runAsUserName: "ContainerUser" } },
    ({ windowsOptions }) => windowsOptions,
  ),
  "spec.securityContext.fsGroup": inPodSecurity({ fsGroup: 1000 }, ({ fsGroup }) => fsGroup !== undefined),
  "spec.securityContext.supplementalGroups": inPodSecurity(
    { supplementalGroups: [2000] },
    ({ supplementalGroups }) => supplementalGroups?.length,
  ),
  "spec.securityContext.supplementalGroupsPolicy": inPodSecurity(
    { supplementalGroupsPolicy: "Strict" },
    ({ supplementalGroupsPolicy = "Merge" }) => supplementalGroupsPolicy !== "Merge",
  ),
  "spec.securityContext.sysctls": inPodSecurity(
    { sysctls: [{ name: "kernel.shm_rmid_forced", value: "1" }] },
    ({ sysctls }) => sysctls?.length,
  ),
};

function capabilities(kind: "add" | "drop", sample: string): FieldRule {
  const rule = inEitherSecurity({}, (security) => security.capabilities?.[kind]?.length);
  return {
    asks: (pod) => rule.asks(pod),
    add: (pod) => {
      const [first] = pod.spec.containers;
      const known = first?.securityContext?.capabilities;
      return inEitherSecurity({ capabilities: { ...known, [kind]: [sample] } }, () => true).add(pod);
    },
  };
}
