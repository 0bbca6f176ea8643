import { describe, expect, test } from "vitest";
import { type Container, type Pod, type PodSpec, podLimits, podRequests } from "../../src/index.ts";

const pod = (spec: Partial<PodSpec>): Pod => ({
  metadata: { name: "p", namespace: "default", uid: "p" },
  spec: { containers: [{ name: "app" }], ...spec },
});

const container = (cpu: string, restartPolicy?: string): Container => ({
  name: cpu,
  resources: { requests: { cpu }, limits: { cpu } },
  ...(restartPolicy ? { restartPolicy } : {}),
});

const containers = [container("200m"), container("300m")];

describe.each([
  ["requests", podRequests],
  ["limits", podLimits],
])("the %s of a pod", (kind, amountsOf) => {
  test.each<[what: string, spec: Partial<PodSpec>, milli: bigint]>([
    ["its containers together", { containers }, 500n],
    ["its hungriest init container", { containers, initContainers: [container("1"), container("400m")] }, 1000n],
    [
      "its containers and sidecars",
      { containers, initContainers: [container("100m", "Always"), container("450m")] },
      600n,
    ],
    [
      "an init container beside the sidecars before it",
      { containers, initContainers: [container("100m", "Always"), container("650m")] },
      750n,
    ],
    [
      "an init container without the sidecars after it",
      { containers, initContainers: [container("650m"), container("100m", "Always")] },
      650n,
    ],
    ["what it says as a whole", { containers, resources: { [kind]: { cpu: "2" } } }, 2000n],
    ["that and the overhead", { containers, resources: { [kind]: { cpu: "2" } }, overhead: { cpu: "50m" } }, 2050n],
    ["its containers and the overhead", { containers, overhead: { cpu: "50m" } }, 550n],
  ])("are %s", (_what, spec, milli) => {
    expect(amountsOf(pod(spec))).toEqual(new Map([["cpu", milli]]));
  });

  test("as a whole are of processor, memory and huge pages only", () => {
    const whole = { cpu: "1", memory: "1Ki", "hugepages-2Mi": "2Mi", "example.com/gpu": "1" };
    expect([...amountsOf(pod({ resources: { [kind]: whole } })).keys()]).toEqual(["cpu", "memory", "hugepages-2Mi"]);
  });
});

test("overhead is asked for, but limits nothing that was not limited", () => {
  const spec = { overhead: { cpu: "50m" } };
  expect(podRequests(pod(spec))).toEqual(new Map([["cpu", 50n]]));
  expect(podLimits(pod(spec))).toEqual(new Map());
});
