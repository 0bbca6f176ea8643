import type { Container, PodSpec } from "@virtual-kubelet/kubernetes";
import { describe, expect, test } from "vitest";
import { type FeatureOptions, processFeatures } from "../src/features.ts";
import { shell } from "./process-node.ts";

type Host = Partial<FeatureOptions>;

const none: Host = { mode: { kind: "none", reason: "install the package bubblewrap" } };
const views: Host = {
  mode: { kind: "bubblewrap", version: "0.8.0", inUserNamespace: false, layers: "overlayfs" },
  images: { box: { root: "/srv/box", args: ["sh"] }, named: {}, tool: { command: ["tool"] } },
};
const namespace: Host = { mode: { kind: "bubblewrap", version: "0.8.0", inUserNamespace: true, layers: "overlayfs" } };

/** What becomes of a pod: the fields that are not simply honoured. */
function verdicts(spec: Partial<PodSpec>, container: Partial<Container>, host: Host): readonly string[] {
  const pod = shell("true", spec, container);
  const rest = { uid: 0, images: {}, allowHostPath: [], hasMemory: true };
  const options = { ...none, ...rest, ...host } as FeatureOptions;
  return processFeatures(options).flatMap((row) => (row.asks(pod) ? [`${row.support} ${row.field}`] : []));
}

const mount = (name: string, more: object = {}) => ({ volumeMounts: [{ name, mountPath: "/data", ...more }] });
const volume = (source: object) => ({ volumes: [{ name: "data", ...source }] });

interface Row {
  readonly container?: Partial<Container>;
  readonly spec?: Partial<PodSpec>;
  readonly host?: Host;
  readonly verdict: readonly string[];
}

describe("what a pod asks for of processes of the host", () => {
  test.each<Row>([
    { verdict: [] },
    { spec: { hostNetwork: true, volumes: [{ name: "unused", emptyDir: {} }] }, verdict: [] },
    { container: { command: [] }, verdict: ["refused spec.containers[*].command"] },
    { container: { command: [], args: ["run"] }, verdict: ["refused spec.containers[*].command"] },
    { container: mount("data"), verdict: ["refused spec.containers[*].volumeMounts"] },
    { container: mount("kube-api-access-x7k2p"), verdict: ["ignored service account token"] },
    { container: { image: "box" }, host: { images: views.images ?? {} }, verdict: ["refused image"] },
    { container: { securityContext: { runAsUser: 7 } }, verdict: [] },
    {
      container: { securityContext: { runAsUser: 7 } },
      host: { uid: 1000 },
      verdict: ["refused securityContext.runAsUser"],
    },
    { container: { securityContext: { runAsUser: 1000 } }, host: { uid: 1000 }, verdict: [] },
    {
      spec: { securityContext: { runAsNonRoot: true } },
      verdict: ["refused securityContext.runAsNonRoot"],
    },
    { container: { securityContext: { runAsNonRoot: true, runAsUser: 7 } }, verdict: [] },
    {
      container: { securityContext: { allowPrivilegeEscalation: false } },
      verdict: ["ignored securityContext.capabilities, allowPrivilegeEscalation, readOnlyRootFilesystem"],
    },
    {
      spec: { securityContext: { fsGroup: 0 } },
      verdict: ["ignored spec.securityContext.supplementalGroups, fsGroup"],
    },
    { container: { resources: { limits: { cpu: "1" } } }, verdict: ["ignored resources"] },
    { container: { resources: { requests: { cpu: "1" } } }, verdict: [] },
    {
      container: { livenessProbe: { tcpSocket: { port: 80 } } },
      verdict: ["ignored livenessProbe, readinessProbe, startupProbe"],
    },
    { container: { lifecycle: { preStop: { sleep: { seconds: 1 } } } }, verdict: ["ignored lifecycle"] },
    { container: { stdin: true, stdinOnce: true, tty: true }, verdict: [] },
  ])("$verdict for $container $spec", ({ container = {}, spec = {}, host = {}, verdict }) => {
    expect(verdicts(spec, container, { ...none, ...host })).toEqual(verdict);
  });
});

describe("what a pod asks for of root views", () => {
  const confined: Container["securityContext"] = {
    runAsNonRoot: true,
    runAsUser: 7,
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
    readOnlyRootFilesystem: true,
  };

  test.each<Row>([
    { container: { image: "box", command: [] }, verdict: [] },
    { container: { image: "tool", command: [], args: ["run"] }, verdict: [] },
    { container: { image: "named", command: [], args: ["run"] }, verdict: [] },
    { container: { image: "named", command: [] }, verdict: ["refused spec.containers[*].command"] },
    { container: { image: "other", command: [], args: ["run"] }, verdict: ["refused spec.containers[*].command"] },
    { container: mount("data"), spec: volume({ configMap: { name: "c" } }), verdict: [] },
    { container: mount("kube-api-access-x7k2p"), verdict: [] },
    { container: mount("data"), spec: volume({ emptyDir: { medium: "Memory" } }), verdict: [] },
    {
      container: mount("data"),
      spec: volume({ emptyDir: { medium: "Memory" } }),
      host: { hasMemory: false },
      verdict: ["refused spec.volumes[*].emptyDir.medium"],
    },
    {
      container: mount("data"),
      spec: volume({ emptyDir: { medium: "HugePages-2Mi" } }),
      verdict: ["refused spec.volumes[*].emptyDir.medium"],
    },
    {
      container: mount("data"),
      spec: volume({ emptyDir: { sizeLimit: "1Gi" } }),
      verdict: ["ignored spec.volumes[*].emptyDir.sizeLimit"],
    },
    { container: mount("data"), spec: volume({ emptyDir: { medium: "Memory", sizeLimit: "1Gi" } }), verdict: [] },
    {
      container: mount("data"),
      spec: volume({ emptyDir: { medium: "Memory", sizeLimit: "1Gi" } }),
      host: namespace,
      verdict: ["ignored spec.volumes[*].emptyDir.sizeLimit"],
    },
    {
      container: mount("data"),
      spec: volume({ hostPath: { path: "/srv/data" } }),
      verdict: ["refused spec.volumes[*].hostPath"],
    },
    {
      container: mount("data"),
      spec: volume({ hostPath: { path: "/srv/data/x" } }),
      host: { allowHostPath: ["/srv/data"] },
      verdict: [],
    },
    {
      container: mount("data"),
      spec: volume({ hostPath: { path: "/srv/data/../secret" } }),
      host: { allowHostPath: ["/srv/data"] },
      verdict: ["refused spec.volumes[*].hostPath"],
    },
    { container: {}, spec: volume({ hostPath: { path: "/unused" } }), verdict: [] },
    {
      container: mount("data"),
      spec: volume({ persistentVolumeClaim: { claimName: "c" } }),
      verdict: ["refused spec.volumes[*].persistentVolumeClaim"],
    },
    {
      container: mount("data", { mountPropagation: "Bidirectional" }),
      spec: volume({ emptyDir: {} }),
      verdict: ["refused spec.containers[*].volumeMounts[*].mountPropagation"],
    },
    { container: { image: "box", securityContext: confined }, verdict: [] },
    { container: { securityContext: confined }, verdict: ["ignored securityContext.readOnlyRootFilesystem"] },
    { spec: { securityContext: { fsGroup: 7, supplementalGroups: [8] } }, verdict: [] },
    {
      spec: { securityContext: { fsGroup: 7 } },
      host: namespace,
      verdict: ["ignored spec.securityContext.supplementalGroups, fsGroup"],
    },
    { container: { securityContext: { privileged: true } }, verdict: ["ignored securityContext.privileged"] },
    {
      spec: { securityContext: { seccompProfile: { type: "RuntimeDefault" } } },
      verdict: ["ignored securityContext.seccompProfile"],
    },
    {
      container: { securityContext: { seccompProfile: { type: "Localhost", localhostProfile: "x" } } },
      verdict: ["refused securityContext.seccompProfile"],
    },
    { spec: { hostUsers: false }, verdict: ["refused spec.hostUsers"] },
    {
      spec: { securityContext: { sysctls: [{ name: "kernel.shm_rmid_forced", value: "1" }] } },
      verdict: ["refused spec.securityContext.sysctls"],
    },
  ])("$verdict for $container $spec", ({ container = {}, spec = {}, host = {}, verdict }) => {
    expect(verdicts(spec, container, { ...views, ...host })).toEqual(verdict);
  });
});
