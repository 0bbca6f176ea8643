import { describe, expect, test } from "vitest";
import { fits } from "../../src/nodes/client-nodes.ts";
import { nodeDescription } from "../../src/nodes/node-description.ts";
import { fakeNode } from "../fake/fake-node.ts";

const options = { datacenters: ["*"], driver: "raw_exec" } as const;

describe("a Nomad client fits", () => {
  test.each([
    ["when it is ready", {}, {}, true],
    ["not when it is down", { Status: "down" }, {}, false],
    ["not when it takes nothing new", { SchedulingEligibility: "ineligible" }, {}, false],
    ["not when it is drained", { Drain: true }, {}, false],
    ["not without the driver", {}, { driver: "docker" }, false],
    ["not in another pool", {}, { nodePool: "gpu" }, false],
    ["in any pool, where all are meant", { NodePool: "gpu" }, { nodePool: "all" }, true],
    ["in a datacenter that a pattern means", { Datacenter: "eu-west.1" }, { datacenters: ["eu-*"] }, true],
    ["not in one that it does not mean", { Datacenter: "xeu-west" }, { datacenters: ["eu-*"] }, false],
    ["not where a dot of a pattern is another letter", { Datacenter: "dcx1" }, { datacenters: ["dc.1"] }, false],
  ] as const)("%s", (_, node, change, expected) => {
    expect(fits({ ...fakeNode, ...node }, { ...options, ...change })).toBe(expected);
  });
});

describe("the node", () => {
  const place = { namespace: "default", region: "eu" } as const;

  test("has what its clients have together, less what they reserve", () => {
    const nodes = [fakeNode, { ...fakeNode, ID: "other" }];
    const described = nodeDescription({ nodes, details: nodes, options: place, nodeName: "n" });
    expect(described).toMatchObject({
      capacity: { cpu: "8000m", memory: "16384Mi", "ephemeral-storage": "200000Mi", pods: "1000" },
      allocatable: { cpu: "7500m", memory: "16000Mi", "ephemeral-storage": "200000Mi" },
      architecture: "amd64",
      operatingSystem: "linux",
      osImage: "debian 12.11",
      providerID: "nomad://eu/default/n",
      containerRuntimeVersion: "nomad://1.6.1",
    });
    // Who looks for a kubelet there would find Nomad.
    expect(described.addresses).toBeUndefined();
  });

  test("counts a CPU as the options say", () => {
    const described = nodeDescription({
      nodes: [fakeNode],
      details: [],
      options: { ...place, mhzPerCpu: 1000 },
      nodeName: "n",
    });
    expect(described.capacity?.["cpu"]).toBe("8000m");
  });

  test("leaves out what its clients do not have in common", () => {
    const arm = { ...fakeNode, Attributes: { ...fakeNode.Attributes, "cpu.arch": "arm64" } };
    const nodes = [fakeNode, arm];
    expect(nodeDescription({ nodes, details: nodes, options: place, nodeName: "n" }).architecture).toBeUndefined();
  });

  test("has nothing when no client fits", () => {
    const { capacity } = nodeDescription({ nodes: [], details: [], options: place, nodeName: "n" });
    expect(capacity).toMatchObject({ cpu: "0m", memory: "0Mi", pods: "0" });
  });
});
