import { type Resource, type StoredObject, resources } from "@virtual-kubelet/kubernetes";
import { describe, expect, test } from "vitest";
import { withDefaults } from "../../../src/api/defaults/with-defaults.ts";

function defaulted(resource: Resource<unknown>, object: object): StoredObject {
  const made = withDefaults(resource, { metadata: { name: "a", uid: "u" }, ...object });
  expect(withDefaults(resource, made)).toEqual(made);
  return made;
}

const container = { name: "main", image: "x:1" };

describe("defaults", () => {
  test("of a pod", () => {
    const pod = defaulted(resources.pods, {
      spec: {
        containers: [{ ...container, ports: [{ containerPort: 80 }], readinessProbe: { httpGet: { port: 80 } } }],
        volumes: [{ name: "v" }],
      },
    });
    expect(pod).toMatchObject({
      spec: {
        restartPolicy: "Always",
        terminationGracePeriodSeconds: 30,
        dnsPolicy: "ClusterFirst",
        schedulerName: "default-scheduler",
        enableServiceLinks: true,
        serviceAccountName: "default",
        serviceAccount: "default",
        containers: [
          {
            imagePullPolicy: "IfNotPresent",
            terminationMessagePath: "/dev/termination-log",
            ports: [{ protocol: "TCP" }],
            readinessProbe: { periodSeconds: 10, failureThreshold: 3, httpGet: { path: "/", scheme: "HTTP" } },
          },
        ],
        volumes: [{ name: "v", emptyDir: {} }],
        tolerations: [
          { key: "node.kubernetes.io/not-ready", tolerationSeconds: 300 },
          { key: "node.kubernetes.io/unreachable", tolerationSeconds: 300 },
        ],
      },
      status: { phase: "Pending", qosClass: "BestEffort" },
    });
  });

  test.each([
    ["x", "Always"],
    ["x:latest", "Always"],
    ["host:5000/x", "Always"],
    ["host:5000/x:2", "IfNotPresent"],
    ["x@sha256:0", "IfNotPresent"],
  ])("of the pull policy of image %s: %s", (image, imagePullPolicy) => {
    expect(defaulted(resources.pods, { spec: { containers: [{ name: "main", image }] } })).toMatchObject({
      spec: { containers: [{ imagePullPolicy }] },
    });
  });

  test.each([
    [{}, "BestEffort"],
    [{ requests: { cpu: "1" } }, "Burstable"],
    [{ limits: { cpu: "1" } }, "Burstable"],
    [{ limits: { cpu: "1", memory: "1Gi" } }, "Guaranteed"],
    [{ limits: { cpu: "1", memory: "1Gi" }, requests: { cpu: "500m" } }, "Burstable"],
  ])("of the quality of service with %j: %s", (quantities, qosClass) => {
    expect(
      defaulted(resources.pods, { spec: { containers: [{ ...container, resources: quantities }] } }),
    ).toMatchObject({ status: { qosClass } });
  });

  test.each([
    [{ limits: { cpu: "1" } }, { cpu: "500m" }],
    [{ limits: { cpu: "1" }, requests: { cpu: "600m" } }, { cpu: "600m" }],
    [{ limits: { cpu: "1", memory: "1Gi" } }, { cpu: "500m", memory: "1Gi" }],
  ])("of what a pod asks for as a whole with %j: %j", (whole, requests) => {
    const containers = [{ ...container, resources: { requests: { cpu: "500m" } } }];
    expect(defaulted(resources.pods, { spec: { containers, resources: whole } })).toMatchObject({
      spec: { resources: { ...whole, requests } },
    });
  });

  test("of a tolerating pod leave its own tolerations alone", () => {
    const tolerations = [{ operator: "Exists" }];
    expect(defaulted(resources.pods, { spec: { containers: [container], tolerations } })).toMatchObject({
      spec: { tolerations },
    });
  });

  test("of workloads, and of the pods that they make", () => {
    const template = { spec: { containers: [container] } };
    const deployment = defaulted(resources.deployments, { spec: { selector: {}, template, strategy: {} } });
    expect(deployment).toMatchObject({
      spec: {
        replicas: 1,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%" } },
        template: { spec: { restartPolicy: "Always" } },
      },
    });
    expect(deployment).not.toHaveProperty("spec.template.spec.tolerations");
    const recreate = defaulted(resources.deployments, {
      spec: { selector: {}, template, strategy: { type: "Recreate" } },
    });
    expect(recreate).toHaveProperty("spec.strategy", { type: "Recreate" });
    const job = defaulted(resources.jobs, { spec: { template } });
    expect(job).toMatchObject({
      spec: {
        completions: 1,
        parallelism: 1,
        backoffLimit: 6,
        selector: { matchLabels: { "batch.kubernetes.io/controller-uid": "u" } },
        template: {
          metadata: { labels: { "job-name": "a", "batch.kubernetes.io/job-name": "a", "controller-uid": "u" } },
        },
      },
    });
    expect(defaulted(resources.jobs, { spec: { parallelism: 3, template } })).not.toHaveProperty("spec.completions");
  });

  test("of services, secrets and namespaces", () => {
    expect(defaulted(resources.services, { spec: { ports: [{ port: 80 }] } })).toMatchObject({
      spec: { type: "ClusterIP", sessionAffinity: "None", ports: [{ protocol: "TCP", targetPort: 80 }] },
    });
    const secret = defaulted(resources.secrets, { stringData: { a: "b" }, data: { a: "xx", c: "yy" } });
    expect(secret).toMatchObject({ type: "Opaque", data: { a: "Yg==", c: "yy" } });
    expect(secret).not.toHaveProperty("stringData");
    expect(defaulted(resources.namespaces, {})).toMatchObject({
      metadata: { labels: { "kubernetes.io/metadata.name": "a" } },
      spec: { finalizers: ["kubernetes"] },
      status: { phase: "Active" },
    });
  });
});
