import { expect, test } from "vitest";
import { contradictions } from "../src/recording/contradictions.ts";
import { recordOf, recorded } from "../src/recording/record.ts";
import { NomadClient } from "../src/nomad-client.ts";

interface FakeNomad {
  start(): Promise<AsyncDisposable & { readonly address: string }>;
}

/** It belongs to the tests of another package, which gives it to nobody. */
const fakeNomad = new URL("../../../packages/provider-nomad/test/fake-nomad.ts", import.meta.url);

test("the Nomad of provider-nomad's own tests answers its requests as a real one does, as far as it answers", async () => {
  const { FakeNomad }: { readonly FakeNomad: FakeNomad } = await import(fakeNomad.href);
  await using fake = await FakeNomad.start();
  await using client = new NomadClient(fake.address);
  const createToken = (): never => {
    throw new Error("It has no tokens");
  };
  const answered = await recordOf({ client, address: fake.address, folder: "/nowhere", createToken }, "provider");
  expect(answered.map(({ name }) => name)).toEqual(recorded("provider").map(({ name }) => name));
  expect(contradictions(recorded("provider"), answered)).toEqual([]);
});
