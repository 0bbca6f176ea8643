import { type ProviderContext, silentLogger } from "@virtual-kubelet/provider";
import { expect, test } from "vitest";
import type { NomadAllocation } from "../../src/api/allocation.ts";
import type { NomadPod } from "../../src/allocation/nomad-pod.ts";
import { NomadClient } from "../../src/client.ts";
import { Caretaker } from "../../src/watch/caretaker.ts";
import { FakeNomad } from "../fake-nomad.ts";
import { until } from "../nomad-node.ts";
import { recorded } from "../recorded-jobs.ts";

test("a pod that cannot be started is tried again also when Nomad has forgotten the earlier tries", async () => {
  await using fake = await FakeNomad.start();
  await using client = new NomadClient({ address: fake.address, namespace: "default" });
  const end = new AbortController();
  const context = { logger: silentLogger } as ProviderContext;
  const caretaker = new Caretaker({ client, context, signal: end.signal, firstTryMs: 1 });
  const stuck = recorded("nobin").at(-1) as NomadPod;
  const [failed] = stuck.allocations as readonly [NomadAllocation];
  const tries = (): number => fake.seen.filter((line) => line.startsWith(`GET /v1/job/${stuck.id}`)).length;
  caretaker.care(stuck);
  caretaker.care(stuck);
  await until(() => tries() === 1, "the first try");
  caretaker.care({ ...stuck, allocations: [{ ...failed, ID: "next", CreateIndex: failed.CreateIndex + 1 }] });
  await until(() => tries() === 2, "the next try");
  expect(tries()).toBe(2);
  end.abort();
});
