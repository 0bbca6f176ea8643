import { expect, test } from "vitest";
import { NomadClient } from "../../src/client.ts";
import { OwnNetworks } from "../../src/watch/own-networks.ts";
import { FakeNomad } from "../fake-nomad.ts";
import { NomadNode, call, shell } from "../nomad-node.ts";

test("an address that lists leave out is asked for once", async () => {
  await using fake = await FakeNomad.start();
  await using node = await NomadNode.start({ address: fake.address });
  await using client = new NomadClient({ address: fake.address, namespace: "default" });
  const pod = await node.create(shell("while :; do sleep 0.1; done"));
  await node.waitForPhase(pod, "Running");
  const [allocation] = [...fake.state.allocations.values()];
  if (!allocation) throw new Error("there is no allocation");
  allocation.NetworkStatus = { InterfaceName: "eth0", Address: "172.26.64.9" };
  const networks = new OwnNetworks(client);
  const { NetworkStatus: _whole, ...stub } = allocation;
  const bridged = { ...stub, AllocatedResources: { Shared: { Networks: [{ Mode: "bridge", IP: "127.0.0.1" }] } } };
  const asked = (): number => fake.seen.filter((line) => line.startsWith("GET /v1/allocation/")).length;
  for (let turn = 0; turn < 2; turn++) {
    const [completed] = await networks.complete([bridged], call);
    expect(completed?.NetworkStatus?.Address).toBe("172.26.64.9");
  }
  expect(asked()).toBe(1);
  await networks.complete([stub, { ...bridged, ClientStatus: "pending" }], call);
  expect(asked()).toBe(1);
});
