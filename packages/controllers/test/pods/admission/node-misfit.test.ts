import type { Node, PodSpec } from "@virtual-kubelet/kubernetes";
import { describe, expect, test } from "vitest";
import { nodeMisfit } from "../../../src/pods/admission/node-misfit.ts";
import { NodeRoom } from "../../../src/pods/admission/node-room.ts";
import { podOf } from "../../pod-builder.ts";

const node: Node = {
  metadata: { name: "edge", uid: "node-1", labels: { "kubernetes.io/os": "linux", zone: "a" } },
  spec: {
    taints: [
      { key: "shy", effect: "NoSchedule" },
      { key: "maintenance", value: "yes", effect: "NoExecute" },
    ],
  },
  status: { allocatable: { cpu: "2", memory: "4Gi", pods: "3", "example.com/gpu": "1" } },
};

const tolerations = [{ key: "maintenance", operator: "Exists" }];

const asking = (requests: Record<string, string>): Partial<PodSpec> => ({
  containers: [{ name: "main", image: "app:1", resources: { requests } }],
});

const withPort = (hostPort: number, more: object = {}): Partial<PodSpec> => ({
  containers: [{ name: "main", image: "app:1", ports: [{ containerPort: 80, hostPort, ...more }] }],
});

/** What is taken by a pod that asks for a core, and has port 8080 of the host. */
function room(): NodeRoom {
  const taken = new NodeRoom();
  const [container] = asking({ cpu: "1" }).containers ?? [];
  const [{ ports = [] } = {}] = withPort(8080).containers ?? [];
  taken.take(podOf({ metadata: { uid: "other" }, spec: { containers: [{ name: "main", ...container, ports }] } }));
  return taken;
}

describe("a node", () => {
  test.each<[string, Partial<PodSpec>]>([
    ["that has what is asked for", asking({ memory: "4Gi", "example.com/gpu": "1" })],
    ["of the system that is asked for", { os: { name: "linux" }, nodeSelector: { "kubernetes.io/os": "linux" } }],
    ["that is selected", { nodeSelector: { zone: "a" } }],
    ["whose port is free for another protocol", withPort(8080, { protocol: "UDP" })],
    ["that knows nothing of a resource of somebody else", asking({ "example.com/tpu": "1" })],
  ])("%s takes the pod", (_, spec) => {
    expect(nodeMisfit(podOf({ spec: { tolerations, ...spec } }), node, room())).toBeUndefined();
  });

  test.each<[string, Partial<PodSpec>, string, RegExp]>([
    [
      "that has too little left",
      asking({ cpu: "1100m" }),
      "OutOfcpu",
      /requested: 1100m, used: 1000m, capacity: 2000m/,
    ],
    ["that has too few of a resource", asking({ "example.com/gpu": "2" }), "OutOfexample.com/gpu", /capacity: 1/],
    ["of another system", { os: { name: "windows" } }, "PodOSNotSupported", /runs linux/],
    [
      "whose system is not the one selected",
      { nodeSelector: { "kubernetes.io/os": "windows" } },
      "PodOSSelectorNodeLabelDoesNotMatch",
      /selects nodes with kubernetes.io\/os=windows/,
    ],
    ["whose taint would take it away", { tolerations: [] }, "TaintToleration", /maintenance=yes:NoExecute/],
    ["that is not selected", { nodeSelector: { zone: "b" } }, "NodeAffinity", /labels/],
    ["whose port is taken", withPort(8080, { hostIP: "10.0.0.1" }), "NodePorts", /8080\/TCP/],
  ])("%s does not", (_, spec, reason, message) => {
    expect(nodeMisfit(podOf({ spec: { tolerations, ...spec } }), node, room())).toEqual({
      reason,
      message: expect.stringMatching(message),
    });
  });

  test("is full when it has as many pods as it can have", () => {
    const full = new NodeRoom();
    for (const uid of ["a", "b", "c"]) full.take(podOf({ metadata: { uid } }));
    expect(nodeMisfit(podOf({ spec: { tolerations } }), node, full)?.reason).toBe("OutOfpods");
    full.leave("b");
    expect(nodeMisfit(podOf({ spec: { tolerations } }), node, full)).toBeUndefined();
  });
});
