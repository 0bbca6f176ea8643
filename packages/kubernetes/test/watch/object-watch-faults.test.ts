import fc from "fast-check";
import { expect, test } from "vitest";
import { KubernetesClient, ObjectWatch, resources } from "../../src/index.ts";
import { FakeApiServer } from "../fake-api-server.ts";
import { type Fault, ScriptedCluster, type Step } from "./scripted-cluster.ts";

const faults: readonly Fault[] = [
  "none",
  "cut",
  "end",
  "garbage",
  "half a line",
  "split",
  "error",
  "replay",
  "expire",
  "refuse",
];
const step: fc.Arbitrary<Step> = fc.record({
  name: fc.constantFrom("a", "b", "c"),
  change: fc.constantFrom("set", "set", "set", "delete", "recreate"),
});

test("whatever happens on the way, the store and the sum of its changes end as the cluster is", async () => {
  const plan = {
    steps: fc.array(step, { minLength: 1, maxLength: 30 }),
    faults: fc.array(fc.constantFrom(...faults), { maxLength: 25 }),
    streaming: fc.boolean(),
  };
  await fc.assert(
    fc.asyncProperty(fc.record(plan), async ({ steps, ...options }) => {
      await using server = await FakeApiServer.start();
      await using client = new KubernetesClient({ connection: server.connection() });
      const cluster = new ScriptedCluster(options);
      const ending = new AbortController();
      cluster.serve(server);
      const watch = new ObjectWatch({ client, resource: resources.pods, backoff: { minMs: 0.1, maxMs: 1 } });
      const sum = new Map<string, string>();
      const following = (async (): Promise<void> => {
        for await (const change of watch.run({ signal: ending.signal })) {
          if (change.type === "synced") continue;
          const { uid, resourceVersion = "" } = change.object.metadata;
          if (change.type === "deleted") expect(sum.delete(uid)).toBe(true);
          else sum.set(uid, resourceVersion);
        }
      })();
      for (const next of steps) {
        cluster.change(next);
        await new Promise(setImmediate);
      }
      const summed = (): string[] => [...sum].map(([uid, version]) => `${uid}@${version}`).toSorted();
      await expect.poll(summed, { timeout: 5000, interval: 1 }).toEqual(cluster.state);
      expect([...watch.store].map(({ metadata }) => `${metadata.uid}@${metadata.resourceVersion}`).toSorted()).toEqual(
        cluster.state,
      );
      ending.abort();
      await following;
    }),
    { numRuns: 60 },
  );
});
