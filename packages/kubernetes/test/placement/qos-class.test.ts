import { describe, expect, test } from "vitest";
import { type Container, type PodSpec, type QosClass, type ResourceRequirements, qosClass } from "../../src/index.ts";

const container = (resources: ResourceRequirements = {}): Container => ({ name: "app", resources });
const both = { cpu: "100m", memory: "100Mi" };
const guaranteed = container({ requests: both, limits: { cpu: "0.1", memory: "104857600" } });
const of = (...containers: Container[]): PodSpec => ({ containers });

describe("the class of a pod", () => {
  // After Kubernetes' own table, pkg/apis/core/v1/helper/qos/qos_test.go.
  test.each<[what: string, spec: PodSpec, expected: QosClass]>([
    ["without containers", of(), "BestEffort"],
    ["that asks for nothing", of(container()), "BestEffort"],
    ["that asks for nothing that counts", of(container({ requests: { "ephemeral-storage": "1Gi" } })), "BestEffort"],
    ["that asks for none", of(container({ requests: { cpu: "0" }, limits: { memory: "0" } })), "BestEffort"],
    ["limited to what it asks for, however it is written", of(guaranteed), "Guaranteed"],
    ["with two such containers", of(guaranteed, guaranteed), "Guaranteed"],
    ["with such a container and one that asks for nothing", of(guaranteed, container()), "Burstable"],
    ["with an init container that asks for nothing", { ...of(guaranteed), initContainers: [container()] }, "Burstable"],
    ["with an init container that is limited too", { ...of(guaranteed), initContainers: [guaranteed] }, "Guaranteed"],
    ["limited in one only", of(container({ requests: { cpu: "1" }, limits: { cpu: "1" } })), "Burstable"],
    ["limited to more than it asks for", of(container({ requests: both, limits: { ...both, cpu: "1" } })), "Burstable"],
    ["that asks and is not limited", of(container({ requests: both })), "Burstable"],
    ["that is limited and asks for nothing", of(container({ limits: both })), "Burstable"],
    [
      "limited as a whole to what it asks for, whatever its containers say",
      { ...of(container()), resources: { requests: both, limits: both } },
      "Guaranteed",
    ],
    ["that asks as a whole", { ...of(guaranteed), resources: { requests: both } }, "Burstable"],
    ["that says nothing as a whole", { ...of(guaranteed), resources: {} }, "Guaranteed"],
    [
      "that says as a whole what only containers may",
      { ...of(guaranteed), resources: { requests: { "example.com/gpu": "1" } } },
      "Guaranteed",
    ],
  ])("%s", (_what, spec, expected) => {
    expect(qosClass({ spec })).toBe(expected);
  });
});
