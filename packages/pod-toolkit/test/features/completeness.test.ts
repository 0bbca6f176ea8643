import type { Container, PodSpec, Volume, VolumeMount } from "@virtual-kubelet/kubernetes";
import { describe, expect, test } from "vitest";
import { podFields } from "../../src/features/pod-fields.ts";

/** Who answers for a field: the catalogue, so that a provider does, or somebody else. A new field of Kubernetes is a type error here. */
type Answers<T> = Readonly<Record<keyof T, "catalogue" | "scheduler" | "node" | "context" | "name" | "nobody">>;

const spec: Answers<PodSpec> = {
  activeDeadlineSeconds: "catalogue",
  affinity: "scheduler",
  automountServiceAccountToken: "catalogue",
  containers: "catalogue",
  dnsConfig: "catalogue",
  dnsPolicy: "catalogue",
  enableServiceLinks: "context",
  ephemeralContainers: "catalogue",
  hostAliases: "catalogue",
  hostIPC: "catalogue",
  hostNetwork: "catalogue",
  hostPID: "catalogue",
  hostUsers: "catalogue",
  hostname: "catalogue",
  hostnameOverride: "catalogue",
  imagePullSecrets: "catalogue",
  initContainers: "catalogue",
  nodeName: "scheduler",
  nodeSelector: "scheduler",
  os: "node",
  overhead: "scheduler",
  preemptionPolicy: "scheduler",
  priority: "catalogue",
  priorityClassName: "scheduler",
  readinessGates: "node",
  resourceClaims: "catalogue",
  resources: "catalogue",
  restartPolicy: "catalogue",
  runtimeClassName: "catalogue",
  schedulerName: "scheduler",
  schedulingGates: "scheduler",
  schedulingGroup: "scheduler",
  securityContext: "catalogue",
  serviceAccount: "context",
  serviceAccountName: "context",
  setHostnameAsFQDN: "catalogue",
  shareProcessNamespace: "catalogue",
  subdomain: "catalogue",
  terminationGracePeriodSeconds: "catalogue",
  tolerations: "scheduler",
  topologySpreadConstraints: "scheduler",
  volumes: "catalogue",
};

const container: Answers<Container> = {
  args: "catalogue",
  command: "catalogue",
  env: "catalogue",
  // Part of `env`: the context resolves both into variables.
  envFrom: "context",
  image: "name",
  imagePullPolicy: "catalogue",
  lifecycle: "catalogue",
  livenessProbe: "catalogue",
  name: "name",
  ports: "catalogue",
  readinessProbe: "catalogue",
  // It says what `updatePod` is to do.
  resizePolicy: "nobody",
  resources: "catalogue",
  restartPolicy: "catalogue",
  restartPolicyRules: "catalogue",
  securityContext: "catalogue",
  startupProbe: "catalogue",
  stdin: "catalogue",
  stdinOnce: "catalogue",
  terminationMessagePath: "catalogue",
  terminationMessagePolicy: "catalogue",
  tty: "catalogue",
  volumeDevices: "catalogue",
  volumeMounts: "catalogue",
  workingDir: "catalogue",
};

const mount: Answers<VolumeMount> = {
  mountPath: "name",
  mountPropagation: "catalogue",
  name: "name",
  readOnly: "catalogue",
  recursiveReadOnly: "catalogue",
  subPath: "catalogue",
  // Part of `subPath`.
  subPathExpr: "context",
};

const security: Answers<NonNullable<Container["securityContext"]>> = {
  allowPrivilegeEscalation: "catalogue",
  appArmorProfile: "catalogue",
  capabilities: "catalogue",
  privileged: "catalogue",
  procMount: "catalogue",
  readOnlyRootFilesystem: "catalogue",
  runAsGroup: "catalogue",
  runAsNonRoot: "catalogue",
  runAsUser: "catalogue",
  seLinuxOptions: "catalogue",
  seccompProfile: "catalogue",
  windowsOptions: "catalogue",
};

type OwnSecurity = Omit<NonNullable<PodSpec["securityContext"]>, keyof NonNullable<Container["securityContext"]>>;
const podSecurity: Answers<OwnSecurity> = {
  fsGroup: "catalogue",
  // How fast, not what.
  fsGroupChangePolicy: "nobody",
  seLinuxChangePolicy: "nobody",
  supplementalGroups: "catalogue",
  supplementalGroupsPolicy: "catalogue",
  sysctls: "catalogue",
};

const lifecycle: Answers<NonNullable<Container["lifecycle"]>> = {
  postStart: "catalogue",
  preStop: "catalogue",
  stopSignal: "catalogue",
};

const volume: Answers<Volume> = {
  name: "name",
  awsElasticBlockStore: "catalogue",
  azureDisk: "catalogue",
  azureFile: "catalogue",
  cephfs: "catalogue",
  cinder: "catalogue",
  configMap: "catalogue",
  csi: "catalogue",
  downwardAPI: "catalogue",
  emptyDir: "catalogue",
  ephemeral: "catalogue",
  fc: "catalogue",
  flexVolume: "catalogue",
  flocker: "catalogue",
  gcePersistentDisk: "catalogue",
  gitRepo: "catalogue",
  glusterfs: "catalogue",
  hostPath: "catalogue",
  image: "catalogue",
  iscsi: "catalogue",
  nfs: "catalogue",
  persistentVolumeClaim: "catalogue",
  photonPersistentDisk: "catalogue",
  portworxVolume: "catalogue",
  projected: "catalogue",
  quobyte: "catalogue",
  rbd: "catalogue",
  scaleIO: "catalogue",
  secret: "catalogue",
  storageos: "catalogue",
  vsphereVolume: "catalogue",
};

describe("every field of a pod", () => {
  test.each<[string, Readonly<Record<string, string>>]>([
    ["spec.", spec],
    ["spec.containers[*].", container],
    ["spec.containers[*].volumeMounts[*].", mount],
    ["spec.containers[*].securityContext.", security],
    ["spec.containers[*].lifecycle.", lifecycle],
    ["spec.securityContext.", podSecurity],
    ["spec.volumes[*].", volume],
  ])("below %s is in the catalogue, or somebody else answers for it", (place, answers) => {
    const known = Object.keys(podFields);
    for (const [field, who] of Object.entries(answers)) {
      const path = place + field;
      const isKnown = known.some((each) => each.startsWith(path) && !/^[A-Za-z]/.test(each.slice(path.length)));
      expect({ field, isKnown }).toEqual({ field, isKnown: who === "catalogue" });
    }
  });
});
