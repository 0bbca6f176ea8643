import type { ContainerPort, EnvVar } from "@virtual-kubelet/kubernetes";
import { containersOf } from "../asked-field.ts";
import { type FieldRule, inContainer, inMounts, inResources, withContainer, withMount } from "./field-rule.ts";

/** The fields of containers, init containers among them, but for their security. */
export type ContainerFieldName = `spec.containers[*].${
  | "args"
  | "command"
  | "env"
  | "env[*].valueFrom.fieldRef=status.podIP"
  | "env[*].valueFrom.fileKeyRef"
  | "imagePullPolicy=Always"
  | "imagePullPolicy=Never"
  | "lifecycle.postStart"
  | "lifecycle.preStop"
  | "lifecycle.stopSignal"
  | "livenessProbe"
  | "ports"
  | "ports[*].hostIP"
  | "ports[*].hostPort"
  | "ports[*].protocol=SCTP"
  | "ports[*].protocol=UDP"
  | "readinessProbe"
  | "resources.claims"
  | "resources.ephemeral-storage"
  | "resources.extended"
  | "resources.hugepages"
  | "resources.limits.cpu"
  | "resources.limits.memory"
  | "resources.requests.cpu"
  | "resources.requests.memory"
  | "restartPolicy"
  | "restartPolicyRules"
  | "startupProbe"
  | "stdin"
  | "stdinOnce"
  | "terminationMessagePath"
  | "terminationMessagePolicy=FallbackToLogsOnError"
  | "tty"
  | "volumeDevices"
  | "volumeMounts[*].mountPropagation"
  | "volumeMounts[*].readOnly"
  | "volumeMounts[*].recursiveReadOnly"
  | "volumeMounts[*].subPath"
  | "workingDir"}`;

const probe = { tcpSocket: { port: 8080 } };
const hook = { exec: { command: ["true"] } };
/** Addresses are known only once a place is. */
const addresses = /^status\.(podIPs?|hostIPs?)$/;

export const containerFields: Readonly<Record<ContainerFieldName, FieldRule>> = {
  "spec.containers[*].args": inContainer({ args: ["-v"] }, ({ args }) => args?.length),
  "spec.containers[*].command": inContainer({ command: ["true"] }, ({ command }) => command?.length),
  "spec.containers[*].env": {
    ...inEnv({ name: "A", value: "1" }, () => true),
    asks: (pod) => containersOf(pod).some(({ env, envFrom }) => env?.length || envFrom?.length),
  },
  "spec.containers[*].env[*].valueFrom.fieldRef=status.podIP": inEnv(
    { name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
    ({ valueFrom }) => addresses.test(valueFrom?.fieldRef?.fieldPath ?? ""),
  ),
  "spec.containers[*].env[*].valueFrom.fileKeyRef": writtenVariable(),
  "spec.containers[*].imagePullPolicy=Always": inContainer(
    { imagePullPolicy: "Always" },
    (each) => each.imagePullPolicy === "Always",
  ),
  "spec.containers[*].imagePullPolicy=Never": inContainer(
    { imagePullPolicy: "Never" },
    (each) => each.imagePullPolicy === "Never",
  ),
  "spec.containers[*].lifecycle.postStart": inLifecycle({ postStart: hook }),
  "spec.containers[*].lifecycle.preStop": inLifecycle({ preStop: hook }),
  "spec.containers[*].lifecycle.stopSignal": inLifecycle({ stopSignal: "SIGUSR1" }),
  "spec.containers[*].livenessProbe": inContainer({ livenessProbe: probe }, ({ livenessProbe }) => livenessProbe),
  "spec.containers[*].ports": inPorts({ containerPort: 8080 }, () => true),
  "spec.containers[*].ports[*].hostIP": inPorts(
    { containerPort: 8081, hostPort: 8081, hostIP: "127.0.0.1" },
    ({ hostPort, hostIP = "0.0.0.0" }) => hostPort && !["", "0.0.0.0", "::"].includes(hostIP),
  ),
  "spec.containers[*].ports[*].hostPort": inPorts({ containerPort: 8082, hostPort: 8082 }, ({ hostPort }) => hostPort),
  "spec.containers[*].ports[*].protocol=SCTP": inPorts(
    { containerPort: 8083, protocol: "SCTP" },
    ({ protocol }) => protocol === "SCTP",
  ),
  "spec.containers[*].ports[*].protocol=UDP": inPorts(
    { containerPort: 8084, protocol: "UDP" },
    ({ protocol }) => protocol === "UDP",
  ),
  "spec.containers[*].readinessProbe": inContainer({ readinessProbe: probe }, ({ readinessProbe }) => readinessProbe),
  "spec.containers[*].resources.claims": inResources({ claims: [{ name: "device" }] }, ({ claims }) => claims?.length),
  "spec.containers[*].resources.ephemeral-storage": resource("ephemeral-storage", "1Gi"),
  "spec.containers[*].resources.extended": resource("example.com/device", "1", isExtended),
  "spec.containers[*].resources.hugepages": resource("hugepages-2Mi", "4Mi", (name) => name.startsWith("hugepages-")),
  "spec.containers[*].resources.limits.cpu": inResources({ limits: { cpu: "1" } }, ({ limits }) => limits?.["cpu"]),
  "spec.containers[*].resources.limits.memory": inResources(
    { limits: { memory: "64Mi" } },
    ({ limits }) => limits?.["memory"],
  ),
  "spec.containers[*].resources.requests.cpu": inResources(
    { requests: { cpu: "100m" } },
    ({ requests }) => requests?.["cpu"],
  ),
  "spec.containers[*].resources.requests.memory": inResources(
    { requests: { memory: "32Mi" } },
    ({ requests }) => requests?.["memory"],
  ),
  "spec.containers[*].restartPolicy": ownRestartPolicy(),
  "spec.containers[*].restartPolicyRules": inContainer(
    {
      restartPolicy: "Never",
      restartPolicyRules: [{ action: "Restart", exitCodes: { operator: "In", values: [42] } }],
    },
    ({ restartPolicyRules }) => restartPolicyRules?.length,
  ),
  "spec.containers[*].startupProbe": inContainer({ startupProbe: probe }, ({ startupProbe }) => startupProbe),
  "spec.containers[*].stdin": inContainer({ stdin: true }, ({ stdin }) => stdin),
  "spec.containers[*].stdinOnce": inContainer({ stdin: true, stdinOnce: true }, ({ stdinOnce }) => stdinOnce),
  "spec.containers[*].terminationMessagePath": inContainer(
    { terminationMessagePath: "/tmp/end" },
    ({ terminationMessagePath: path }) => path && path !== "/dev/termination-log",
  ),
  "spec.containers[*].terminationMessagePolicy=FallbackToLogsOnError": inContainer(
    { terminationMessagePolicy: "FallbackToLogsOnError" },
    ({ terminationMessagePolicy }) => terminationMessagePolicy === "FallbackToLogsOnError",
  ),
  "spec.containers[*].tty": inContainer({ tty: true }, ({ tty }) => tty),
  "spec.containers[*].volumeDevices": blockDevice(),
  "spec.containers[*].volumeMounts[*].mountPropagation": inMounts(
    { mountPropagation: "HostToContainer" },
    ({ mountPropagation = "None" }) => mountPropagation !== "None",
  ),
  "spec.containers[*].volumeMounts[*].readOnly": inMounts({ readOnly: true }, ({ readOnly }) => readOnly),
  "spec.containers[*].volumeMounts[*].recursiveReadOnly": inMounts(
    { readOnly: true, recursiveReadOnly: "Enabled" },
    ({ recursiveReadOnly = "Disabled" }) => recursiveReadOnly !== "Disabled",
  ),
  "spec.containers[*].volumeMounts[*].subPath": inMounts(
    { subPath: "sub" },
    ({ subPath, subPathExpr }) => subPath || subPathExpr,
  ),
  "spec.containers[*].workingDir": inContainer({ workingDir: "/tmp" }, ({ workingDir }) => workingDir),
};

type Lifecycle = NonNullable<Parameters<Parameters<typeof inContainer>[1]>[0]["lifecycle"]>;

function inLifecycle(sample: Lifecycle): FieldRule {
  const [key] = Object.keys(sample) as [keyof Lifecycle];
  return {
    asks: (pod) => containersOf(pod).some(({ lifecycle }) => lifecycle?.[key] !== undefined),
    add: (pod) => withContainer(pod, ({ lifecycle }) => ({ lifecycle: { ...lifecycle, ...sample } })),
  };
}

function inPorts(sample: ContainerPort, asks: (port: ContainerPort) => unknown): FieldRule {
  return {
    asks: (pod) => containersOf(pod).some(({ ports = [] }) => ports.some(asks)),
    add: (pod) => withContainer(pod, ({ ports = [] }) => ({ ports: [...ports, sample] })),
  };
}

function inEnv(sample: EnvVar, asks: (variable: EnvVar) => unknown): FieldRule {
  return {
    asks: (pod) => containersOf(pod).some(({ env = [] }) => env.some(asks)),
    add: (pod) => withContainer(pod, ({ env = [] }) => ({ env: [...env, sample] })),
  };
}

/** A variable that an earlier container has written into an emptyDir. */
function writtenVariable(): FieldRule {
  const fileKeyRef = { key: "A", path: "env", volumeName: "written" };
  const rule = inEnv({ name: "WRITTEN", valueFrom: { fileKeyRef } }, ({ valueFrom }) => valueFrom?.fileKeyRef);
  return { ...rule, add: (pod) => withMount(rule.add(pod), { name: "written", emptyDir: {} }) };
}

function blockDevice(): FieldRule {
  return {
    asks: (pod) => containersOf(pod).some(({ volumeDevices = [] }) => volumeDevices.length > 0),
    add: (pod) => {
      const volumes = [...(pod.spec.volumes ?? []), { name: "block", persistentVolumeClaim: { claimName: "block" } }];
      const device = { name: "block", devicePath: "/dev/block" };
      return withContainer({ ...pod, spec: { ...pod.spec, volumes } }, ({ volumeDevices = [] }) => ({
        volumeDevices: [...volumeDevices, device],
      }));
    },
  };
}

/** A restart policy of a container's own; that of a sidecar is what makes it one. */
function ownRestartPolicy(): FieldRule {
  return {
    asks: ({ spec }) =>
      spec.containers.some(({ restartPolicy }) => restartPolicy !== undefined) ||
      (spec.initContainers ?? []).some(({ restartPolicy = "Always" }) => restartPolicy !== "Always"),
    add: (pod) => withContainer(pod, () => ({ restartPolicy: "Never" })),
  };
}

function resource(
  sample: string,
  amount: string,
  isOne: (name: string) => boolean = (name) => name === sample,
): FieldRule {
  return inResources({ limits: { [sample]: amount }, requests: { [sample]: amount } }, ({ limits, requests }) =>
    Object.keys({ ...limits, ...requests }).some(isOne),
  );
}

/** @see https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#extended-resources */
function isExtended(name: string): boolean {
  return name.includes("/") && !/(^|\.)kubernetes\.io\//.test(name);
}
