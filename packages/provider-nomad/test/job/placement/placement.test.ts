import type { Pod } from "@virtual-kubelet/kubernetes";
import { describe, expect, test } from "vitest";
import { placementOf } from "../../../src/job/placement/placement.ts";
import { jobPriority } from "../../../src/job/placement/priority.ts";
import { plainOptions } from "../../../src/options.ts";

const prefix = "nomad.hashicorp.com/";

function podOf({ annotations = {}, ...spec }: Partial<Pod["spec"]> & { annotations?: Record<string, string> }): Pod {
  const metadata = { namespace: "default", name: "p", uid: "u", annotations };
  return { apiVersion: "v1", kind: "Pod", metadata, spec: { containers: [], ...spec } };
}

describe("where a pod may run", () => {
  test("is what the options say, unless the pod says more", () => {
    const options = plainOptions.parse({ nodePool: "pool", constraints: { "meta.rack": "!= r7" } });
    expect(placementOf(podOf({ nodeSelector: { "kubernetes.io/os": "linux" } }), options)).toEqual({
      datacenters: ["*"],
      nodePool: "pool",
      constraints: [{ LTarget: "${meta.rack}", RTarget: "r7", Operand: "!=" }],
    });
  });

  test("is what its annotations say before its selector", () => {
    const pod = podOf({
      annotations: { [`${prefix}datacenters`]: " dc1, dc2 ," },
      nodeSelector: { [`${prefix}datacenters`]: "dc3", [`${prefix}node-class`]: "big", [`${prefix}node-pool`]: "gpu" },
    });
    expect(placementOf(pod, plainOptions.parse({}))).toEqual({
      datacenters: ["dc1", "dc2"],
      nodePool: "gpu",
      constraints: [{ LTarget: "${node.class}", RTarget: "big", Operand: "=" }],
    });
  });

  test.each([
    ["amd64", "=", "amd64"],
    ["= amd64", "=", "amd64"],
    [">= 1.2", ">=", "1.2"],
    ["regexp ^a b$", "regexp", "^a b$"],
    ["set_contains a,b", "set_contains", "a,b"],
    ["is_set", "is_set", ""],
  ])("is compared as %j says", (text, Operand, RTarget) => {
    const pod = podOf({ annotations: { [`${prefix}constraint.attr.cpu.arch`]: text } });
    expect(placementOf(pod, plainOptions.parse({})).constraints).toEqual([
      { LTarget: "${attr.cpu.arch}", RTarget, Operand },
    ]);
  });

  test("is refused where nothing of a client is named", () => {
    const pod = podOf({ annotations: { [`${prefix}constraint.arch`]: "amd64" } });
    expect(() => placementOf(pod, plainOptions.parse({}))).toThrow(`${prefix}constraint.arch compares "arch"`);
  });
});

describe("a job's priority", () => {
  test.each([
    [undefined, 50],
    [0, 50],
    [1, 55],
    [1000, 70],
    [1_000_000_000, 100],
    [2_000_001_000, 100],
    [-1, 45],
    [-1000, 30],
    [-2_000_000_000, 1],
  ])("of a pod's %s is %i", (priority, expected) => {
    expect(jobPriority(podOf(priority === undefined ? {} : { priority }), 50)).toBe(expected);
  });

  test("is what the annotation says, and nothing that Nomad does not have", () => {
    const saying = (text: string): Pod => podOf({ priority: 1000, annotations: { [`${prefix}priority`]: text } });
    expect(jobPriority(saying("7"), 50)).toBe(7);
    for (const text of ["0", "101", "high", "1.5"])
      expect(() => jobPriority(saying(text), 50)).toThrow("from 1 to 100");
  });
});
