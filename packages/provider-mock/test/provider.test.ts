import { once } from "node:events";
import type { Duplex, Readable, Writable } from "node:stream";
import type { Pod } from "@virtual-kubelet/kubernetes";
import type { Provider } from "@virtual-kubelet/provider";
import { expect, test } from "vitest";
import { MockBackend, mockProvider } from "../src/index.ts";

const pod: Pod = {
  metadata: { namespace: "default", name: "web", uid: "u1" },
  spec: { containers: [{ name: "main" }, { name: "side" }] },
};
const call = { signal: new AbortController().signal };
const streams = { ...call, tty: false, stdin: true, stdout: true, stderr: true };
const container = { pod: pod.metadata, container: "main" };

function running() {
  const backend = new MockBackend();
  const options = { capacity: {}, startDelayMs: 0, stopDelayMs: 0 };
  const provider = mockProvider(backend, options) as Required<Pick<Provider, "attach" | "forwardPort" | "getStats">>;
  backend.start(pod, { revision: "v1:a", delayMs: 0 });
  return { backend, provider, [Symbol.dispose]: () => backend[Symbol.dispose]() };
}

test("an attacher is told what it says, until the pod ends", async () => {
  using mock = running();
  const process = await mock.provider.attach(container, streams);
  (process.stdin as Writable).end("word");
  expect(String(await once(process.stdout as Readable, "data"))).toBe("word");
  mock.backend.finish("u1", 3);
  expect(await process.wait()).toEqual({ type: "code", code: 3 });
  expect(await (process.stdout as Readable).toArray()).toEqual([]);
  await expect(async () => mock.provider.attach(container, streams)).rejects.toMatchObject({ code: "NotFound" });
});

test("an attacher that goes leaves the pod alone", async () => {
  using mock = running();
  const stop = new AbortController();
  const process = await mock.provider.attach(container, { ...streams, signal: stop.signal });
  stop.abort();
  await expect(process.wait()).rejects.toMatchObject({ code: "Unavailable" });
  expect(mock.backend.get("u1")?.status?.phase).toBe("Running");
});

test("a forwarded port says back what it is told, and ends with the call", async () => {
  using mock = running();
  const first = (await mock.provider.forwardPort(pod.metadata, { ...call, port: 80 })) as Duplex;
  first.end("word");
  expect(String(Buffer.concat(await first.toArray()))).toBe("word");
  const stop = new AbortController();
  const second = (await mock.provider.forwardPort(pod.metadata, { signal: stop.signal, port: 80 })) as Duplex;
  stop.abort();
  await expect.poll(() => second.destroyed).toBe(true);
});

test("each container that runs uses a thousandth of a core, and its counter says so", async () => {
  using mock = running();
  await expect
    .poll(async () => {
      const [stats] = (await mock.provider.getStats(call)).pods;
      const [main] = stats?.containers ?? [];
      const spanMs = Date.parse(main?.cpu?.time ?? "") - Date.parse(main?.startTime ?? "");
      return spanMs > 0 && (main?.cpu?.usageCoreNanoSeconds ?? 0) / spanMs;
    })
    .toBe(1000);
  mock.backend.finish("u1", 0);
  expect((await mock.provider.getStats(call)).pods).toMatchObject([{ podRef: { uid: "u1" }, containers: [] }]);
});
