import type { Pod, PodSpec } from "@virtual-kubelet/kubernetes";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type PodField, type PodFieldName, podFields } from "../../src/features/pod-fields.ts";

const bare: Pod = {
  metadata: { namespace: "default", name: "web", uid: "u" },
  spec: { containers: [{ name: "web", image: "web:1" }] },
};
/** What the API server makes of it. */
const defaulted: Pod = {
  ...bare,
  spec: {
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    dnsPolicy: "ClusterFirst",
    securityContext: {},
    priority: 0,
    preemptionPolicy: "PreemptLowerPriority",
    enableServiceLinks: true,
    schedulerName: "default-scheduler",
    serviceAccountName: "default",
    containers: [
      {
        name: "web",
        image: "web:1",
        imagePullPolicy: "IfNotPresent",
        resources: {},
        terminationMessagePath: "/dev/termination-log",
        terminationMessagePolicy: "File",
      },
    ],
  },
};
const all: readonly PodField[] = Object.values(podFields);
const asked = (pod: Pod): readonly PodFieldName[] => all.filter((each) => each.asks(pod)).map(({ field }) => field);
const isPolicy = (field: PodFieldName): boolean => field.startsWith("spec.restartPolicy=");
/** A pod has one of these at most. */
const isChoice = (field: PodFieldName): boolean => isPolicy(field) || field.includes("imagePullPolicy=");
const others = all.filter(({ field }) => !isChoice(field));

describe("podFields", () => {
  test.each([bare, defaulted])("a pod that says nothing asks for nothing but to be started again", (pod) => {
    expect(asked(pod)).toEqual(["spec.restartPolicy=Always"]);
  });

  test.each(all)("a sample for $field asks for it and for what it takes, and no more", (each) => {
    const { field, needs } = each;
    const policy = isPolicy(field) ? [] : ["spec.restartPolicy=Always"];
    expect(asked(each.add(bare)).toSorted()).toEqual([field, ...needs, ...policy].toSorted());
    expect(asked(each.add(defaulted)).toSorted()).toEqual([field, ...needs, ...policy].toSorted());
  });

  test("samples add up, in any order", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...others]), (fields) => {
        const pod = fields.reduce((so, field) => field.add(so), bare);
        const expected = new Set(fields.flatMap(({ field, needs }) => [field, ...needs]));
        expect(
          asked(pod)
            .filter((field) => !isChoice(field))
            .toSorted(),
        ).toEqual([...expected].toSorted());
      }),
    );
  });

  test.each<[PodFieldName, Partial<PodSpec>]>([
    ["spec.containers[*].livenessProbe", { initContainers: [{ name: "i", livenessProbe: {} }] }],
    ["spec.containers[*].securityContext.runAsUser", { securityContext: { runAsUser: 0 } }],
    [
      "spec.containers[*].volumeMounts[*].subPath",
      { containers: [{ name: "c", volumeMounts: [{ name: "v", mountPath: "/v", subPathExpr: "$(A)" }] }] },
    ],
    [
      "spec.containers[*].resources.extended",
      { containers: [{ name: "c", resources: { limits: { "nvidia.com/gpu": "1" } } }] },
    ],
    ["spec.containers[*].env", { containers: [{ name: "c", envFrom: [{ secretRef: { name: "s" } }] }] }],
  ])("%s is asked for by %j", (field, spec) => {
    expect(podFields[field].asks({ ...bare, spec: { ...bare.spec, ...spec } })).toBe(true);
  });

  test.each<[PodFieldName, Partial<PodSpec>]>([
    ["spec.volumes[*].nfs", { volumes: [{ name: "unused", nfs: { server: "s", path: "/" } }] }],
    ["spec.hostUsers", { hostUsers: true }],
    [
      "spec.containers[*].securityContext.seccompProfile",
      { securityContext: { seccompProfile: { type: "Unconfined" } } },
    ],
    [
      "spec.containers[*].resources.extended",
      { containers: [{ name: "c", resources: { limits: { cpu: "1", "hugepages-2Mi": "2Mi" } } }] },
    ],
    ["spec.containers[*].restartPolicy", { initContainers: [{ name: "i", restartPolicy: "Always" }] }],
  ])("%s is not asked for by %j", (field, spec) => {
    expect(podFields[field].asks({ ...bare, spec: { ...bare.spec, ...spec } })).toBe(false);
  });
});
