import { expect, test } from "vitest";
import { KubernetesClient, resources } from "../../src/index.ts";
import { laneOf } from "../../src/client/dispatchers.ts";
import { type Exchange, FakeApiServer } from "../fake-api-server.ts";

test.each([
  ["PATCH", "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/edge", "node"],
  ["PATCH", "/api/v1/nodes/edge/status", "node"],
  ["POST", "/api/v1/namespaces/default/events", "event"],
  ["PATCH", "/api/v1/namespaces/default/pods/web/status", "request"],
  ["GET", "/api/v1/namespaces/leases/pods/nodes", "request"],
  ["GET", "/version", "request"],
])("%s %s goes on the lane %s", (method, path, lane) => {
  expect(laneOf({ method, path })).toBe(lane);
});

test("what hangs in one lane holds up no other", async () => {
  await using server = await FakeApiServer.start();
  await using client = new KubernetesClient({ connection: server.connection(), maxConnections: 2 });
  server.answerAll((exchange: Exchange) => {
    if (exchange.path.includes("/leases/") || exchange.path.includes("/nodes/")) exchange.json({});
  });
  const { signal, abort } = hanging();
  const body = { type: "merge", body: {} } as const;
  const pods = Array.from({ length: 20 }, (_, index) =>
    client.patch(resources.pods, { namespace: "default", name: `pod-${index}` }, { patch: body, signal }),
  );
  const events = Array.from({ length: 20 }, () =>
    client.create(resources.events, { metadata: { namespace: "default" }, involvedObject: {} }, { signal }),
  );
  const ended = Promise.allSettled([...pods, ...events]);
  const lease = { namespace: "kube-node-lease", name: "edge" };
  await client.patch(resources.leases, lease, { patch: body, timeoutMs: 2_000 });
  await client.patch(resources.nodes, { name: "edge" }, { patch: body, subresource: "status", timeoutMs: 2_000 });
  // Two for pods, two for events, and those of the node.
  expect(server.openConnections).toBeLessThanOrEqual(8);
  abort();
  await ended;
});

function hanging(): { readonly signal: AbortSignal; readonly abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}
