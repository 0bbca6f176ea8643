import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, expect, test } from "vitest";
import { KubernetesClient, type KubernetesMessages, ObjectWatch, resources } from "../../src/index.ts";
import { ChangesOf } from "../changes-of.ts";
import { FakeApiServer } from "../fake-api-server.ts";

/** What is published meanwhile. */
function messagesOf(name: keyof KubernetesMessages): Disposable & { readonly seen: unknown[] } {
  const seen: unknown[] = [];
  const listen = (message: unknown) => void seen.push(message);
  subscribe(name, listen);
  return { seen, [Symbol.dispose]: () => void unsubscribe(name, listen) };
}

const durationMs = expect.any(Number);

describe("what is published", () => {
  test("is every answer to a request, repeated ones too, and that there was none", async () => {
    using requests = messagesOf("virtual-kubelet:api-request");
    await using server = await FakeApiServer.start();
    await using client = new KubernetesClient({ connection: server.connection() });
    const got = client.get(resources.pods, { namespace: "ns", name: "web" });
    (await server.next()).status(429, "TooManyRequests", { headers: { "retry-after": "0.001" } });
    (await server.next()).json({});
    await got;
    const nowhere = { ...server.connection(), server: "http://127.0.0.1:1" };
    await using unreachable = new KubernetesClient({ connection: nowhere });
    await expect(unreachable.list(resources.nodes)).rejects.toThrow("cannot reach");
    expect(requests.seen).toEqual([
      { method: "GET", verb: "get", resource: "pods", code: 429, durationMs },
      { method: "GET", verb: "get", resource: "pods", code: 200, durationMs },
      { method: "GET", verb: "list", resource: "nodes", code: 0, durationMs },
    ]);
  });

  test("is why a watch was opened again", async () => {
    using restarts = messagesOf("virtual-kubelet:watch-restart");
    await using server = await FakeApiServer.start();
    await using client = new KubernetesClient({ connection: server.connection() });
    const watch = new ObjectWatch({ client, resource: resources.pods, backoff: { minMs: 2, maxMs: 20 } });
    await using changes = new ChangesOf(watch);
    const first = await server.next();
    first.listed("7");
    await changes.take(1);
    first.end();
    const second = await server.next();
    second.status(410, "Expired");
    (await server.next()).listed("9");
    await changes.take(1);
    expect(restarts.seen).toEqual([
      { resource: "pods", reason: "ended", delayMs: 0 },
      { resource: "pods", reason: "Expired", delayMs: durationMs },
    ]);
  });
});
