import type { Pod } from "@virtual-kubelet/kubernetes";
import type { LogCall } from "@virtual-kubelet/provider";
import { describe, expect, test } from "vitest";
import { MockBackend } from "../src/index.ts";
import { mockLogs } from "../src/logs.ts";

const pod: Pod = {
  metadata: { namespace: "default", name: "web", uid: "u1" },
  spec: { containers: [{ name: "main" }] },
};
const container = { pod: pod.metadata, container: "main" };
const all: LogCall = { follow: false, previous: false, timestamps: false, signal: new AbortController().signal };
const line = "default/web main runs in memory and has nothing to say\n";

function started(): MockBackend {
  const backend = new MockBackend();
  backend.start(pod, { revision: "v1:a", delayMs: 0 });
  return backend;
}

async function read(backend: MockBackend, call: Partial<LogCall> = {}): Promise<string> {
  const chunks = await Array.fromAsync(mockLogs(backend, container, { ...all, ...call }));
  return chunks.map(String).join("");
}

describe("the output of a container in memory", () => {
  test("is one line, as it is asked for", async () => {
    using backend = started();
    expect(await read(backend)).toBe(line);
    expect(await read(backend, { timestamps: true })).toBe(
      `${backend.get("u1")?.status?.startTime?.replace("Z", "000000Z")} ${line}`,
    );
    expect(await read(backend, { limitBytes: 7 })).toBe("default");
    expect(await read(backend, { stream: "stderr" })).toBe("");
    expect(await read(backend, { tailLines: 0 })).toBe("");
  });

  test("ends with its pod for who follows", async () => {
    using backend = started();
    const followed = read(backend, { follow: true });
    const other = read(backend, { follow: true, tailLines: 0 });
    backend.finish("u1", 1);
    expect([await followed, await other]).toEqual([line, ""]);
    expect(await read(backend, { follow: true })).toBe(line);
  });

  test("is not there for a run before, or a pod that is not there", async () => {
    using backend = started();
    await expect(read(backend, { previous: true })).rejects.toMatchObject({ code: "NotFound" });
    backend.lose("u1");
    await expect(read(backend)).rejects.toMatchObject({ code: "NotFound" });
  });
});
