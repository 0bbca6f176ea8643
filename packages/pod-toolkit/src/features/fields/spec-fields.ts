import { type FieldRule, inSpec, withSpec } from "./field-rule.ts";

/** The fields of a pod as a whole. */
export type SpecFieldName =
  | "spec.activeDeadlineSeconds"
  | "spec.containers[1]"
  | "spec.dnsConfig"
  | "spec.dnsPolicy"
  | "spec.ephemeralContainers"
  | "spec.hostAliases"
  | "spec.hostIPC"
  | "spec.hostNetwork"
  | "spec.hostPID"
  | "spec.hostUsers"
  | "spec.hostname"
  | "spec.hostnameOverride"
  | "spec.imagePullSecrets"
  | "spec.initContainers"
  | "spec.initContainers[*].restartPolicy=Always"
  | "spec.priority"
  | "spec.resourceClaims"
  | "spec.resources"
  | "spec.restartPolicy=Always"
  | "spec.restartPolicy=Never"
  | "spec.restartPolicy=OnFailure"
  | "spec.runtimeClassName"
  | "spec.setHostnameAsFQDN"
  | "spec.shareProcessNamespace"
  | "spec.subdomain"
  | "spec.terminationGracePeriodSeconds";

const image = "registry.k8s.io/pause:3.10";

export const specFields: Readonly<Record<SpecFieldName, FieldRule>> = {
  // The node does not end the pod then: the provider must, or a loop that it uses, as that of pod-engine.
  "spec.activeDeadlineSeconds": inSpec(
    { activeDeadlineSeconds: 600 },
    ({ activeDeadlineSeconds }) => activeDeadlineSeconds !== undefined,
  ),
  "spec.containers[1]": {
    asks: ({ spec }) => spec.containers.length > 1,
    add: (pod) => withSpec(pod, { containers: [...pod.spec.containers, { name: "second", image }] }),
  },
  "spec.dnsConfig": inSpec({ dnsConfig: { nameservers: ["192.0.2.53"] } }, ({ dnsConfig }) => dnsConfig),
  // `ClusterFirst` is what a pod has that says nothing.
  "spec.dnsPolicy": inSpec({ dnsPolicy: "Default" }, ({ dnsPolicy = "ClusterFirst" }) => dnsPolicy !== "ClusterFirst"),
  "spec.ephemeralContainers": inSpec(
    { ephemeralContainers: [{ name: "debugger", image }] },
    ({ ephemeralContainers }) => ephemeralContainers?.length,
  ),
  "spec.hostAliases": inSpec(
    { hostAliases: [{ ip: "192.0.2.7", hostnames: ["alias.example"] }] },
    ({ hostAliases }) => hostAliases?.length,
  ),
  "spec.hostIPC": inSpec({ hostIPC: true }, ({ hostIPC }) => hostIPC),
  "spec.hostNetwork": inSpec({ hostNetwork: true }, ({ hostNetwork }) => hostNetwork),
  "spec.hostPID": inSpec({ hostPID: true }, ({ hostPID }) => hostPID),
  // Only `false` asks for anything: users of the pod's own.
  "spec.hostUsers": inSpec({ hostUsers: false }, ({ hostUsers }) => hostUsers === false),
  "spec.hostname": inSpec({ hostname: "host" }, ({ hostname }) => hostname),
  "spec.hostnameOverride": inSpec({ hostnameOverride: "host.example" }, ({ hostnameOverride }) => hostnameOverride),
  "spec.imagePullSecrets": inSpec(
    { imagePullSecrets: [{ name: "registry" }] },
    ({ imagePullSecrets }) => imagePullSecrets?.length,
  ),
  "spec.initContainers": {
    asks: ({ spec }) => (spec.initContainers ?? []).some(({ restartPolicy }) => restartPolicy !== "Always"),
    add: (pod) => withSpec(pod, { initContainers: [...(pod.spec.initContainers ?? []), { name: "init", image }] }),
  },
  "spec.initContainers[*].restartPolicy=Always": {
    asks: ({ spec }) => (spec.initContainers ?? []).some(({ restartPolicy }) => restartPolicy === "Always"),
    add: (pod) => {
      const sidecar = { name: "sidecar", image, restartPolicy: "Always" };
      return withSpec(pod, { initContainers: [...(pod.spec.initContainers ?? []), sidecar] });
    },
  },
  // The admission of every cluster writes a 0 into pods that say nothing.
  "spec.priority": inSpec({ priority: 1000 }, ({ priority = 0 }) => priority !== 0),
  "spec.resourceClaims": inSpec(
    { resourceClaims: [{ name: "device", resourceClaimName: "device" }] },
    ({ resourceClaims }) => resourceClaims?.length,
  ),
  "spec.resources": inSpec({ resources: { limits: { memory: "1Gi" } } }, ({ resources }) => resources),
  "spec.restartPolicy=Always": withPolicy("Always"),
  "spec.restartPolicy=Never": withPolicy("Never"),
  "spec.restartPolicy=OnFailure": withPolicy("OnFailure"),
  "spec.runtimeClassName": inSpec({ runtimeClassName: "sandbox" }, ({ runtimeClassName }) => runtimeClassName),
  "spec.setHostnameAsFQDN": inSpec({ setHostnameAsFQDN: true }, ({ setHostnameAsFQDN }) => setHostnameAsFQDN),
  "spec.shareProcessNamespace": inSpec({ shareProcessNamespace: true }, (spec) => spec.shareProcessNamespace),
  "spec.subdomain": inSpec({ subdomain: "sub" }, ({ subdomain }) => subdomain),
  // 30 is what a pod has that says nothing.
  "spec.terminationGracePeriodSeconds": inSpec(
    { terminationGracePeriodSeconds: 600 },
    ({ terminationGracePeriodSeconds = 30 }) => terminationGracePeriodSeconds !== 30,
  ),
};

function withPolicy(value: string): FieldRule {
  return inSpec({ restartPolicy: value }, (spec) => (spec.restartPolicy ?? "Always") === value);
}
