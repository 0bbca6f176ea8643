import {
  type Container,
  type Pod,
  type PodSpec,
  type PodStatus,
  type Probe,
  type Toleration,
  type Volume,
  qosClass,
} from "@virtual-kubelet/kubernetes";
import { timestamp } from "../../storage/deletion.ts";
import { withPodLevelRequests } from "./pod-level-requests.ts";

/** Defaults of a pod spec, in pods and in templates (`pkg/apis/core/v1/defaults.go`). */
export function podSpecWithDefaults(spec: PodSpec): PodSpec {
  return {
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    dnsPolicy: "ClusterFirst",
    schedulerName: "default-scheduler",
    securityContext: {},
    ...spec,
    containers: listed(spec.containers)?.map(containerWithDefaults) ?? spec.containers,
    ...(spec.initContainers ? { initContainers: spec.initContainers.map(containerWithDefaults) } : {}),
    ...(spec.ephemeralContainers
      ? { ephemeralContainers: spec.ephemeralContainers.map((one) => ({ ...one, ...containerWithDefaults(one) })) }
      : {}),
    ...(spec.volumes ? { volumes: spec.volumes.map(volumeWithDefaults) } : {}),
    ...(spec.serviceAccountName ? { serviceAccount: spec.serviceAccountName } : {}),
  };
}

/** Defaults of a pod, and what the admission of the real server adds: service account, tolerations, priority. */
export function podWithDefaults(pod: Pod): Pod {
  if (!pod.spec) return pod;
  const serviceAccountName = pod.spec.serviceAccountName ?? pod.spec.serviceAccount ?? "default";
  const withRequests = podSpecWithDefaults({
    enableServiceLinks: true,
    priority: 0,
    preemptionPolicy: "PreemptLowerPriority",
    ...pod.spec,
    serviceAccountName,
    tolerations: tolerationsWithDefaults(pod.spec.tolerations ?? []),
    containers: listed(pod.spec.containers)?.map(requestsFromLimits) ?? pod.spec.containers,
    ...(pod.spec.initContainers ? { initContainers: pod.spec.initContainers.map(requestsFromLimits) } : {}),
  });
  const isWhole = listed(withRequests.containers) !== undefined;
  const spec = isWhole ? withPodLevelRequests(withRequests) : withRequests;
  const podIP = pod.status?.podIP;
  return {
    ...pod,
    spec,
    status: {
      phase: "Pending",
      ...(pod.status ?? newStatus(spec)),
      qosClass: pod.status?.qosClass ?? (isWhole ? qosClass({ spec }) : "BestEffort"),
      ...(podIP && !pod.status?.podIPs?.length ? { podIPs: [{ ip: podIP }] } : {}),
    },
  };
}

function newStatus(spec: PodSpec): PodStatus {
  if (!spec.schedulingGates?.length) return {};
  const message = "Scheduling is blocked due to non-empty scheduling gates";
  const lastTransitionTime = timestamp(new Date());
  const gated = { type: "PodScheduled", status: "False", lastTransitionTime, reason: "SchedulingGated", message };
  return { conditions: [gated] };
}

/** What may be no list yet: validation comes after the defaults. */
function listed<T>(value: readonly T[] | undefined): readonly T[] | undefined {
  return Array.isArray(value) ? value : undefined;
}

function containerWithDefaults(container: Container): Container {
  return {
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    imagePullPolicy: pullPolicyOf(container.image ?? ""),
    resources: {},
    ...container,
    ...(container.ports ? { ports: container.ports.map((port) => ({ protocol: "TCP", ...port })) } : {}),
    ...(container.env ? { env: container.env.map(withFieldVersion) } : {}),
    ...(container.livenessProbe ? { livenessProbe: probeWithDefaults(container.livenessProbe) } : {}),
    ...(container.readinessProbe ? { readinessProbe: probeWithDefaults(container.readinessProbe) } : {}),
    ...(container.startupProbe ? { startupProbe: probeWithDefaults(container.startupProbe) } : {}),
  };
}

function pullPolicyOf(image: string): string {
  const named = image.slice(image.lastIndexOf("/") + 1);
  const tagged = named.includes("@") || (named.includes(":") && !named.endsWith(":latest"));
  return tagged ? "IfNotPresent" : "Always";
}

function withFieldVersion(variable: NonNullable<Container["env"]>[number]): NonNullable<Container["env"]>[number] {
  const { valueFrom } = variable;
  if (!valueFrom?.fieldRef) return variable;
  return { ...variable, valueFrom: { ...valueFrom, fieldRef: { apiVersion: "v1", ...valueFrom.fieldRef } } };
}

type DownwardItems = NonNullable<Volume["downwardAPI"]>["items"];

function fieldVersions(items: DownwardItems): { readonly items?: NonNullable<DownwardItems> } {
  if (!items) return {};
  return {
    items: items.map((item) => (item.fieldRef ? { ...item, fieldRef: { apiVersion: "v1", ...item.fieldRef } } : item)),
  };
}

function probeWithDefaults(probe: Probe): Probe {
  const httpGet = probe.httpGet ? { httpGet: { path: "/", scheme: "HTTP", ...probe.httpGet } } : {};
  return { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3, ...probe, ...httpGet };
}

function volumeWithDefaults(volume: Volume): Volume {
  const { secret, configMap, projected, downwardAPI, hostPath, name: _name, ...others } = volume;
  const sourceless =
    !secret && !configMap && !projected && !downwardAPI && !hostPath && Object.keys(others).length === 0;
  return {
    ...volume,
    ...(sourceless ? { emptyDir: {} } : {}),
    ...(secret ? { secret: { defaultMode: 0o644, ...secret } } : {}),
    ...(configMap ? { configMap: { defaultMode: 0o644, ...configMap } } : {}),
    ...(projected ? { projected: { defaultMode: 0o644, ...projected } } : {}),
    ...(downwardAPI
      ? { downwardAPI: { defaultMode: 0o644, ...downwardAPI, ...fieldVersions(downwardAPI.items) } }
      : {}),
    ...(hostPath ? { hostPath: { type: "", ...hostPath } } : {}),
  };
}

function requestsFromLimits(container: Container): Container {
  const limits = container.resources?.limits;
  if (!limits) return container;
  return {
    ...container,
    resources: { ...container.resources, requests: { ...limits, ...container.resources?.requests } },
  };
}

/** The admission plugin `DefaultTolerationSeconds`: pods stay for five minutes on a node that is gone. */
function tolerationsWithDefaults(tolerations: readonly Toleration[]): readonly Toleration[] {
  const missing = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"].filter(
    (key) => !tolerations.some((one) => (!one.key || one.key === key) && (!one.effect || one.effect === "NoExecute")),
  );
  return [
    ...tolerations,
    ...missing.map((key) => ({ key, operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 })),
  ];
}
