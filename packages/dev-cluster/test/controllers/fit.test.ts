import type { Node, Pod, PodSpec } from "@virtual-kubelet/kubernetes";
import { describe, expect, test } from "vitest";
import { fit, nodeLoads } from "../../src/controllers/scheduler/fit.ts";

const pod = (spec: Partial<PodSpec> = {}): Pod => ({
  metadata: { name: "p", namespace: "default", uid: "p" },
  spec: { containers: [{ name: "app" }], ...spec },
});

const asking = (requests: Record<string, string>): Partial<PodSpec> => ({
  containers: [{ name: "app", resources: { requests } }],
});

const node = (name: string, change: Partial<Node> = {}): Node => ({
  metadata: { name, uid: name, labels: { zone: name.slice(0, 1), size: "8" } },
  spec: {},
  status: {
    allocatable: { cpu: "2", memory: "4Gi", pods: "3", "example.com/gpu": "1" },
    conditions: [{ type: "Ready", status: "True" }],
  },
  ...change,
});

const tainted = (...taints: { key: string; value?: string; effect: string }[]): Partial<Node> => ({ spec: { taints } });

const affinity = (...nodeSelectorTerms: object[]): Partial<PodSpec> => ({
  affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
});

const of = (key: string, operator: string, ...values: string[]): object => ({
  matchExpressions: [{ key, operator, values }],
});

describe("a pod fits", () => {
  test.each<[what: string, spec: Partial<PodSpec>, node: Node]>([
    ["a ready node", {}, node("a")],
    ["by exact amounts", asking({ cpu: "2000m", memory: "4096Mi", "example.com/gpu": "1" }), node("a")],
    [
      "a tainted node that it tolerates",
      { tolerations: [{ key: "k", value: "v", effect: "NoSchedule" }] },
      node("a", tainted({ key: "k", value: "v", effect: "NoSchedule" })),
    ],
    ["a node with a taint that only discourages", {}, node("a", tainted({ key: "k", effect: "PreferNoSchedule" }))],
    [
      "a cordoned node that it tolerates",
      { tolerations: [{ operator: "Exists" }] },
      node("a", { spec: { unschedulable: true } }),
    ],
    ["a selected node", { nodeSelector: { zone: "a" } }, node("a1")],
    ["by one of its terms", affinity(of("zone", "In", "z"), of("size", "Gt", "4")), node("a")],
    [
      "by the node's name",
      affinity({ matchFields: [{ key: "metadata.name", operator: "In", values: ["a"] }] }),
      node("a"),
    ],
  ])("%s", (_what, spec, candidate) => {
    expect(fit(pod(spec), nodeLoads([candidate], []))).toEqual({ node: candidate.metadata.name });
  });
});

describe("a pod does not fit", () => {
  test.each<[reason: string, spec: Partial<PodSpec>, node: Node]>([
    ["1 Insufficient cpu", asking({ cpu: "2001m" }), node("a")],
    ["1 Insufficient cpu, 1 Insufficient memory", asking({ cpu: "3", memory: "5G" }), node("a")],
    ["1 Insufficient example.com/fpga", asking({ "example.com/fpga": "1" }), node("a")],
    [
      "1 Too many pods",
      {},
      node("a", { status: { allocatable: { cpu: "1" }, conditions: [{ type: "Ready", status: "True" }] } }),
    ],
    ["1 node(s) were unschedulable", {}, node("a", { spec: { unschedulable: true } })],
    [
      "1 node(s) had untolerated taint {k: v}",
      { tolerations: [{ key: "k", value: "w" }] },
      node("a", tainted({ key: "k", value: "v", effect: "NoExecute" })),
    ],
    [
      "1 node(s) had untolerated taint {node.kubernetes.io/not-ready: }",
      {},
      node("a", { status: { allocatable: { pods: "1" } } }),
    ],
    [
      "1 node(s) had untolerated taint {node.kubernetes.io/network-unavailable: }",
      {},
      node("a", {
        status: {
          conditions: [
            { type: "Ready", status: "True" },
            { type: "NetworkUnavailable", status: "True" },
          ],
        },
      }),
    ],
    ["1 node(s) didn't match Pod's node affinity/selector", { nodeSelector: { zone: "b" } }, node("a")],
    ["1 node(s) didn't match Pod's node affinity/selector", affinity(of("size", "Lt", "8")), node("a")],
    ["1 node(s) didn't match Pod's node affinity/selector", affinity({}), node("a")],
  ])("%s", (reason, spec, candidate) => {
    expect(fit(pod(spec), nodeLoads([candidate], []))).toEqual({
      message: `0/1 nodes are available: ${reason}. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.`,
    });
  });

  test("a cluster without nodes", () => {
    expect(fit(pod(), [])).toEqual({ message: "no nodes available to schedule pods" });
  });

  test("a rule that this scheduler would have to ignore", () => {
    const rule = { topologyKey: "zone", labelSelector: {} };
    const podAntiAffinity = { requiredDuringSchedulingIgnoredDuringExecution: [rule] };
    expect(fit(pod({ affinity: { podAntiAffinity } }), nodeLoads([node("a")], []))).toMatchObject({
      message: expect.stringContaining("does not support required podAntiAffinity"),
    });
  });

  test("the reasons of all nodes are counted", () => {
    const nodes = [node("a", { spec: { unschedulable: true } }), node("b"), node("c")];
    expect(fit(pod(asking({ cpu: "9" })), nodeLoads(nodes, []))).toMatchObject({
      message: expect.stringMatching(
        /^0\/3 nodes are available: 1 node\(s\) were unschedulable, 2 Insufficient cpu\. /,
      ),
    });
  });
});

describe("among the nodes that fit", () => {
  const bound = (nodeName: string, requests: Record<string, string>): Pod => pod({ nodeName, ...asking(requests) });

  test.each<[what: string, spec: Partial<PodSpec>, nodes: Node[], bound: Pod[], chosen: string]>([
    ["the least loaded is taken", {}, [node("a"), node("b")], [bound("a", { cpu: "1" })], "b"],
    ["pods without requests count too", {}, [node("a"), node("b")], [bound("a", {})], "b"],
    [
      "a discouraging taint counts more than load",
      {},
      [node("a"), node("b", tainted({ key: "k", effect: "PreferNoSchedule" }))],
      [bound("a", { cpu: "1" })],
      "a",
    ],
    [
      "a preferred node is taken",
      {
        affinity: {
          nodeAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference: of("zone", "In", "b") }],
          },
        },
      },
      [node("a"), node("b")],
      [bound("b", { cpu: "1" })],
      "b",
    ],
  ])("%s", (...[_what, spec, nodes, pods, chosen]) => {
    expect(fit(pod(spec), nodeLoads(nodes, pods))).toEqual({ node: chosen });
  });
});
