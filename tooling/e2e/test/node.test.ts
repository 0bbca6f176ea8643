import { resources } from "@virtual-kubelet/kubernetes";
import { expect } from "vitest";
import { minorOf } from "../src/targets/target.ts";
import { scenario } from "../src/suite/scenario.ts";

scenario("the node registers with its capacity, addresses, conditions and the features it declares", {}, async (it) => {
  const node = await it.client.get(resources.nodes, { name: it.stage.nodeName });
  const { capacity, allocatable, addresses, conditions, daemonEndpoints, declaredFeatures } = node.status ?? {};
  expect(Number(capacity?.["pods"])).toBeGreaterThan(0);
  expect(Object.keys(allocatable ?? {})).toEqual(expect.arrayContaining(["cpu", "memory", "pods"]));
  expect(addresses).toContainEqual({ type: "InternalIP", address: it.stage.address });
  const status = Object.fromEntries((conditions ?? []).map((condition) => [condition.type, condition.status]));
  expect(status).toMatchObject({ Ready: "True", MemoryPressure: "False", DiskPressure: "False", PIDPressure: "False" });
  expect(daemonEndpoints?.kubeletEndpoint?.Port).toBeGreaterThan(0);
  const known = it.stage.release !== undefined && minorOf(it.stage.release) >= 35;
  expect(declaredFeatures ?? []).toEqual(known || it.stage.release === undefined ? ["ExtendWebSocketsToKubelet"] : []);
  const seen = await it.succeed("get", "nodes");
  expect(seen).toMatch(new RegExp(`^${it.stage.nodeName}\\s+Ready\\s`, "m"));
});
