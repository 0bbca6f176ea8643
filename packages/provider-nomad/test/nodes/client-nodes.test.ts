import { expect, test } from "vitest";
import { NomadClient } from "../../src/client.ts";
import { ClientNodes } from "../../src/nodes/client-nodes.ts";
import { plainOptions } from "../../src/options.ts";
import { fakeNode } from "../fake/fake-node.ts";
import { FakeNomad } from "../fake-nomad.ts";
import { call } from "../nomad-node.ts";

test("a Nomad client that has gone since it was listed is left out of what they are together", async () => {
  await using fake = await FakeNomad.start();
  await using client = new NomadClient({ address: fake.address, namespace: "default" });
  const nodes = new ClientNodes(client, plainOptions.parse({ address: fake.address }));
  const listed = [{ ...fakeNode, ID: "00000000-dead-dead-dead-000000000000" }, fakeNode];
  expect((await nodes.details(listed, call)).map(({ ID }) => ID)).toEqual([fakeNode.ID]);
});
