import assert from "node:assert/strict";
import type { Pod } from "@virtual-kubelet/kubernetes";
import type { CheckDefinition } from "../check-definition.ts";

const needs = { area: "features", methods: ["features"] } as const;

/** What the feature matrix promises to whoever reads it. */
export const featureChecks: readonly CheckDefinition[] = [
  {
    ...needs,
    word: "reasons",
    name: "every field that is ignored or refused has a reason",
    async run(scene) {
      for (const row of scene.provider.features) {
        assert.ok(row.field.trim() !== "", "a row has no field");
        assert.ok(row.support === "supported" || row.reason.trim() !== "", `${row.field} has no reason`);
      }
    },
  },
  {
    ...needs,
    word: "any-pod",
    name: "every pod can be asked about: no row fails on one",
    async run(scene) {
      for (const row of scene.provider.features) {
        for (const pod of [bare, rich]) {
          assert.doesNotThrow(() => row.asks(pod), `${row.field} fails on a pod`);
          assert.equal(typeof row.asks(pod), "boolean", `${row.field} does not say yes or no`);
        }
      }
    },
  },
  {
    ...needs,
    word: "plain-pods",
    name: "the pods of these checks are refused by no row",
    workloads: ["run"],
    async run(scene) {
      const pod = scene.pod(scene.workloads.run());
      const refusing = scene.provider.features.filter((row) => row.support === "refused" && row.asks(pod));
      assert.deepEqual(
        refusing.map(({ field }) => field),
        [],
      );
    },
  },
];

const metadata = { namespace: "conformance", name: "asked-about", uid: "00000000-0000-4000-8000-000000000000" };

const bare: Pod = { metadata, spec: { containers: [{ name: "main" }] } };

/** A pod that asks for a little of everything. */
const rich: Pod = {
  metadata: { ...metadata, labels: { app: "asked" }, annotations: { note: "asked" } },
  spec: {
    hostNetwork: true,
    hostPID: true,
    shareProcessNamespace: true,
    dnsPolicy: "None",
    dnsConfig: { nameservers: ["192.0.2.53"], options: [{ name: "ndots", value: "2" }] },
    hostAliases: [{ ip: "192.0.2.7", hostnames: ["seven"] }],
    nodeSelector: { disk: "fast" },
    runtimeClassName: "other",
    priorityClassName: "high",
    activeDeadlineSeconds: 60,
    securityContext: { runAsUser: 1000, fsGroup: 1000, sysctls: [{ name: "net.core.somaxconn", value: "9" }] },
    imagePullSecrets: [{ name: "pull" }],
    volumes: [
      { name: "config", configMap: { name: "config" } },
      { name: "secret", secret: { secretName: "secret" } },
      { name: "empty", emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
      { name: "host", hostPath: { path: "/srv" } },
      { name: "claim", persistentVolumeClaim: { claimName: "claim" } },
      { name: "down", downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] } },
      { name: "projected", projected: { sources: [{ serviceAccountToken: { path: "token" } }] } },
    ],
    initContainers: [{ name: "sidecar", image: "busybox", restartPolicy: "Always" }],
    ephemeralContainers: [{ name: "debug", image: "busybox" }],
    containers: [
      {
        name: "main",
        image: "busybox",
        command: ["sh"],
        tty: true,
        stdin: true,
        ports: [{ containerPort: 80, hostPort: 80 }],
        env: [{ name: "FROM", valueFrom: { secretKeyRef: { name: "secret", key: "key" } } }],
        envFrom: [{ configMapRef: { name: "config" } }],
        resources: { limits: { cpu: "1", memory: "64Mi", "example.com/gpu": "1" }, requests: { cpu: "100m" } },
        volumeMounts: [{ name: "config", mountPath: "/config", subPath: "part", readOnly: true }],
        volumeDevices: [{ name: "claim", devicePath: "/dev/claim" }],
        livenessProbe: { httpGet: { port: 80, path: "/" } },
        readinessProbe: { exec: { command: ["true"] } },
        startupProbe: { tcpSocket: { port: 80 } },
        lifecycle: { preStop: { exec: { command: ["true"] } } },
        securityContext: { privileged: true, capabilities: { add: ["NET_ADMIN"] } },
      },
    ],
  },
};
