import type { NodeStatus } from "@virtual-kubelet/kubernetes";
import { describe, expect, test } from "vitest";
import { type NodeIdentity, describedBefore, nodeLabels, nodeObject, nodeStatus } from "../../src/node/node-object.ts";
import { nodeStatusPatch } from "../../src/node/node-status-patch.ts";

const identity: NodeIdentity = {
  name: "edge",
  kubeletPort: 10250,
  version: "v1.36.0-vk.1",
  addresses: [{ type: "InternalIP", address: "192.0.2.1" }],
  taints: [{ key: "virtual-kubelet.io/provider", effect: "NoSchedule" }],
  labels: { tier: "edge" },
};
const now = new Date("2026-01-01T00:00:00Z");
const status = (description = {}, verdicts: Parameters<typeof nodeStatus>[2]["verdicts"] = [], before = {}) =>
  nodeStatus(identity, description, { verdicts, before, now });

describe("nodeObject", () => {
  test("registers with labels, taints and what the provider describes", () => {
    const description = {
      labels: { zone: "a" },
      taints: [{ key: "gpu", effect: "NoSchedule" }],
      providerID: "x://1",
      operatingSystem: "windows",
      architecture: "arm64",
    };
    const labels = nodeLabels(identity, description);
    expect(nodeObject(identity, description, { labels, status: {} })).toMatchObject({
      metadata: {
        name: "edge",
        labels: {
          type: "virtual-kubelet",
          tier: "edge",
          zone: "a",
          "kubernetes.io/hostname": "edge",
          "kubernetes.io/os": "windows",
          "kubernetes.io/arch": "arm64",
        },
      },
      spec: { taints: [...(identity.taints ?? []), ...description.taints], providerID: "x://1" },
    });
  });
});

describe("nodeStatus", () => {
  test("tells the machine and its system apart as far as the provider does, also when it cannot be asked", () => {
    const machine = {
      operatingSystem: "linux",
      architecture: "arm64",
      osImage: "Debian GNU/Linux 12 (bookworm)",
      kernelVersion: "6.1.0-18-arm64",
      machineID: "3d1219c7c4c5404aaa1f6d2a48adfda4",
      systemUUID: "8c1e6d1a-0f5b-4c1e-9d0e-0a5f6d6f9a11",
      bootID: "d2f1ad7c-02ab-4d6d-8d0c-7d2c9a0d5c51",
      containerRuntimeVersion: "x://1",
    };
    expect(status(machine).nodeInfo).toMatchObject(machine);
    expect(describedBefore({ nodeInfo: status(machine).nodeInfo } as NodeStatus)).toEqual(machine);
    expect(status({ operatingSystem: "windows" }).nodeInfo).toMatchObject({ osImage: "windows", machineID: "" });
  });

  test("is ready, without pressures, reachable at its address and port", () => {
    const { conditions, addresses, daemonEndpoints, nodeInfo } = status();
    expect(Object.fromEntries((conditions ?? []).map(({ type, status: value }) => [type, value]))).toEqual({
      Ready: "True",
      MemoryPressure: "False",
      DiskPressure: "False",
      PIDPressure: "False",
    });
    expect(addresses).toEqual([
      { type: "InternalIP", address: "192.0.2.1" },
      { type: "Hostname", address: "edge" },
    ]);
    expect(daemonEndpoints).toEqual({ kubeletEndpoint: { Port: 10250 } });
    expect(nodeInfo?.kubeletVersion).toBe("v1.36.0-vk.1");
  });

  test("lets the agent's verdict overrule the provider's word, and keeps the time of what has not changed", () => {
    const before = { conditions: [{ type: "Ready", status: "True", lastTransitionTime: "2025-01-01T00:00:00Z" }] };
    const verdicts = [{ type: "DiskPressure", status: "True", reason: "Full", message: "full" }];
    const conditions =
      status(
        {
          conditions: [
            { type: "DiskPressure", status: "False" },
            { type: "Extra", status: "True" },
          ],
        },
        verdicts,
        before,
      ).conditions ?? [];
    expect(conditions.find(({ type }) => type === "DiskPressure")).toMatchObject({
      status: "True",
      lastTransitionTime: "2026-01-01T00:00:00Z",
    });
    expect(conditions.find(({ type }) => type === "Ready")).toMatchObject({
      lastTransitionTime: "2025-01-01T00:00:00Z",
    });
    expect(conditions.some(({ type }) => type === "Extra")).toBe(true);
  });
});

describe("nodeStatusPatch", () => {
  const shown = status({ capacity: { cpu: "1", "example.com/gpu": "2" } });

  test("is nothing when the cluster shows it all, and all conditions as a sign of life", () => {
    expect(nodeStatusPatch(shown, shown, { heartbeat: false })).toBeUndefined();
    expect(nodeStatusPatch(shown, shown, { heartbeat: true })).toEqual({ conditions: shown.conditions });
  });

  test("names a resource that is gone, so that it is removed", () => {
    const wanted = status({ capacity: { cpu: "2" } });
    expect(nodeStatusPatch(shown, wanted, { heartbeat: false })).toEqual({
      capacity: { cpu: "2", "example.com/gpu": null },
      allocatable: { cpu: "2", "example.com/gpu": null },
    });
  });

  test("replaces the addresses, which the API server would merge by type", () => {
    const wanted = { ...shown, addresses: [{ type: "InternalIP", address: "192.0.2.9" }] };
    expect(nodeStatusPatch(shown, wanted, { heartbeat: false })).toEqual({
      addresses: [{ $patch: "replace" }, ...wanted.addresses],
    });
  });

  test("takes what the API server filled in, or left out because it is empty, for no difference", () => {
    const { bootID: _, ...nodeInfo } = { ...shown.nodeInfo!, swap: { capacity: 0 } };
    expect(nodeStatusPatch({ ...shown, nodeInfo } as NodeStatus, shown, { heartbeat: false })).toBeUndefined();
  });

  test("declares features with a sign of life only: an API server that does not know the field never shows it", () => {
    const wanted = { ...shown, declaredFeatures: ["ExtendWebSocketsToKubelet"] };
    expect(nodeStatusPatch(shown, wanted, { heartbeat: false })).toBeUndefined();
    expect(nodeStatusPatch(shown, wanted, { heartbeat: true })).toMatchObject({
      declaredFeatures: ["ExtendWebSocketsToKubelet"],
    });
    expect(nodeStatusPatch(wanted, wanted, { heartbeat: true })).not.toHaveProperty("declaredFeatures");
    expect(nodeStatusPatch(wanted, shown, { heartbeat: true })).toMatchObject({ declaredFeatures: [] });
  });
});
