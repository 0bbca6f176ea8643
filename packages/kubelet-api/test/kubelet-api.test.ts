import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { requestChannelName } from "../src/index.ts";
import type { RequestMessage } from "../src/index.ts";
import { routes } from "../src/routes.ts";
import { HostProvider } from "./host-provider.ts";
import { Kubelet, eventually } from "./kubelet.ts";
import { RemoteCommand } from "./remote-command-client.ts";

describe("the server", () => {
  it("says which port is in use", async () => {
    await using kubelet = await Kubelet.start();
    await expect(Kubelet.start({ port: kubelet.port })).rejects.toThrow(
      `cannot listen on port ${kubelet.port} of 127.0.0.1: it is in use; choose another`,
    );
  });

  it("ends every stream within about a second when it closes, and leaves nothing behind", async () => {
    const before = process
      .getActiveResourcesInfo()
      .filter((name) => name !== "Immediate")
      .toSorted();
    const provider = Object.assign(new HostProvider(), {
      getContainerLogs: async function* () {
        yield "first\n";
        await new Promise(() => {});
      },
    });
    const kubelet = await Kubelet.start({ provider });
    const command = await RemoteCommand.open(kubelet, { command: ["sleep", "100"] });
    const stuck = await RemoteCommand.open(kubelet, { command: ["sleep", "100"] });
    const logs = await kubelet.open("/containerLogs/default/web/app?follow=1");
    const idle = await kubelet.socket();
    const aborted = once(logs, "error");
    await eventually(() => provider.calls.length === 2);
    stuck.socket.pause();
    const startedAt = performance.now();
    await kubelet[Symbol.asyncDispose]();
    expect(performance.now() - startedAt).toBeLessThan(1500);
    expect((await command.status()).message).toContain("closing");
    await aborted;
    stuck.socket.terminate();
    idle.destroy();
    await eventually(
      () =>
        process.getActiveResourcesInfo().filter((name) => name !== "Immediate" && name !== "Timeout").length <=
        before.length,
    );
  });

  it("publishes what it has served", async () => {
    const published: RequestMessage[] = [];
    const record = (message: unknown): void => void published.push(message as RequestMessage);
    subscribe(requestChannelName, record);
    try {
      await using kubelet = await Kubelet.start();
      await kubelet.get("/healthz");
      await kubelet.get("/containerLogs/default/none/app");
      await kubelet.get("/none", { method: "PUT" });
      await (
        await RemoteCommand.open(kubelet, { command: ["true"] })
      ).closed;
      await eventually(() => published.length === 4);
    } finally {
      unsubscribe(requestChannelName, record);
    }
    expect(published.map(({ route, method, status }) => [route, method, status])).toEqual([
      ["/healthz", "GET", 200],
      ["/containerLogs/{namespace}/{pod}/{container}", "GET", 404],
      [undefined, "PUT", 404],
      ["/exec/{namespace}/{pod}/{container}", "GET", 101],
    ]);
    expect(published[3]?.durationMs).toBeGreaterThan(0);
  });

  it("has the routes that its README lists, and no others", async () => {
    const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
    const rows = [...readme.matchAll(/^\| `(\/\S+)` \| (\S.*?) \| (\S.*?) \|/gm)].map(([, ...cells]) => cells);
    expect(rows).toEqual(
      routes.map(({ path, methods, access }) => [
        path,
        methods.join(", "),
        `${access.verb} nodes/{${access.subresources.join(",")}}`,
      ]),
    );
  });
});
