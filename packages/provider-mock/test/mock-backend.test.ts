import type { Pod } from "@virtual-kubelet/kubernetes";
import type { PodEvent } from "@virtual-kubelet/provider";
import { describe, expect, test } from "vitest";
import { MockBackend } from "../src/index.ts";

const pod: Pod = {
  metadata: { namespace: "default", name: "web", uid: "u1" },
  spec: { containers: [{ name: "main" }] },
};
const now = { revision: "v1:a", delayMs: 0 };

async function take(events: AsyncIterable<PodEvent>, count: number): Promise<readonly string[]> {
  const seen: string[] = [];
  for await (const event of events) {
    seen.push(event.type === "state" ? `${event.pod.name} ${event.pod.status?.phase}` : event.type);
    if (seen.length === count) break;
  }
  return seen;
}

describe("MockBackend", () => {
  test("runs a pod once, however often it is told to", () => {
    using backend = new MockBackend();
    backend.start(pod, now);
    backend.start(pod, { ...now, revision: "v1:b" });
    expect(backend.list()).toEqual([
      expect.objectContaining({ uid: "u1", revision: "v1:a", status: expect.objectContaining({ phase: "Running" }) }),
    ]);
  });

  test("ends a pod when it is stopped, and forgets it when it is stopped again", () => {
    using backend = new MockBackend();
    backend.start(pod, now);
    backend.stop({ namespace: "default", name: "web", uid: "u1" }, { delayMs: 0 });
    expect(backend.get("u1")?.status?.phase).toBe("Succeeded");
    backend.stop({ namespace: "default", name: "web", uid: "u1" }, { delayMs: 0 });
    expect(backend.get("u1")).toBeUndefined();
  });

  test("runs the ephemeral containers that come to a pod, and ends them with it", () => {
    using backend = new MockBackend();
    backend.start(pod, now);
    const before = backend.get("u1")?.status;
    const debug = { name: "debug", image: "host" };
    backend.update({ ...pod, spec: { ...pod.spec, ephemeralContainers: [debug] } }, "v1:b");
    const { ephemeralContainerStatuses, ...status } = backend.get("u1")?.status ?? {};
    expect([status, backend.get("u1")?.revision]).toEqual([before, "v1:b"]);
    expect(ephemeralContainerStatuses).toMatchObject([{ name: "debug", ready: false, state: { running: {} } }]);
    backend.finish("u1", 0);
    expect(backend.get("u1")?.status?.ephemeralContainerStatuses).toMatchObject([{ state: { terminated: {} } }]);
  });

  test("tells each watcher what is there, and then what changes", async () => {
    using backend = new MockBackend();
    backend.start(pod, now);
    const ending = new AbortController();
    const watching = backend.watch(ending.signal);
    const other = backend.watch(ending.signal);
    expect(await take(other, 2)).toEqual(["web Running", "synced"]);
    backend.finish("u1", 1);
    backend.stop({ namespace: "default", name: "web", uid: "u1" }, { delayMs: 0 });
    expect(await take(watching, 3)).toEqual(["web Failed", "gone", "synced"]);
    ending.abort();
  });
});
