import type { Container, Pod, PodSpec } from "@virtual-kubelet/kubernetes";
import { describe, expect, test } from "vitest";
import { containerResources, podTotals } from "../../src/index.ts";

const container = (requests?: Record<string, string>, limits?: Record<string, string>): Container => ({
  name: "app",
  resources: { ...(requests ? { requests } : {}), ...(limits ? { limits } : {}) },
});
const totals = (spec: Partial<PodSpec>) => {
  const pod: Pod = { metadata: { namespace: "default", name: "web", uid: "1" }, spec: { containers: [], ...spec } };
  const { requests, limits } = podTotals(pod);
  return { requests: Object.fromEntries(requests), limits: Object.fromEntries(limits) };
};

test("a container asks for what it says, and else for its limit", () => {
  const { requests, limits } = containerResources(container({ cpu: "100m" }, { cpu: "1", memory: "1Ki" }));
  expect(Object.fromEntries(requests)).toEqual({ cpu: 100n, memory: 1_024_000n });
  expect(Object.fromEntries(limits)).toEqual({ cpu: 1_000n, memory: 1_024_000n });
  expect(containerResources({})).toEqual({ requests: new Map(), limits: new Map() });
});

describe("a pod as a whole", () => {
  const both = container({ cpu: "100m" }, { cpu: "1" });

  test("asks for and may use what its containers do", () => {
    expect(totals({ containers: [both, both] })).toEqual({ requests: { cpu: 200n }, limits: { cpu: 2_000n } });
  });

  test("has overhead", () => {
    const spec = { containers: [both], overhead: { cpu: "50m", memory: "1" } };
    expect(totals(spec)).toEqual({ requests: { cpu: 150n, memory: 1_000n }, limits: { cpu: 1_050n } });
  });

  test.each<[what: string, spec: Partial<PodSpec>]>([
    ["one of its containers is not", { containers: [both, container({ cpu: "100m" })] }],
    ["one of its init containers is not", { containers: [both], initContainers: [container()] }],
    ["the limit of one is none", { containers: [both, container({}, { cpu: "0" })] }],
  ])("is not limited when %s", (_what, spec) => {
    expect(totals(spec).limits).toEqual({});
  });

  test("is limited as a whole, whatever its containers say", () => {
    const spec = { containers: [both, container()], resources: { limits: { cpu: "4" } } };
    expect(totals(spec)).toEqual({ requests: { cpu: 100n }, limits: { cpu: 4_000n } });
  });

  test("may use the devices that some of its containers have", () => {
    const gpu = { "example.com/gpu": "1" };
    expect(totals({ containers: [container(gpu, gpu), container()] }).limits).toEqual({ "example.com/gpu": 1_000n });
  });
});
