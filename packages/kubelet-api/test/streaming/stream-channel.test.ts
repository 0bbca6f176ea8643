import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { streamChannelName } from "../../src/index.ts";
import type { StreamMessage } from "../../src/index.ts";
import { HostProvider } from "../host-provider.ts";
import { Kubelet, eventually } from "../kubelet.ts";
import { openPair, openSpdy } from "../port-forward-client.ts";
import { RemoteCommand } from "../remote-command-client.ts";
import { TcpServer, echo, portProvider } from "../tcp-server.ts";

/** What is published while it is not disposed of. */
class Subscription implements Disposable {
  readonly messages: StreamMessage[] = [];
  readonly #record = (message: unknown): void => void this.messages.push(message as StreamMessage);

  constructor() {
    subscribe(streamChannelName, this.#record);
  }

  [Symbol.dispose](): void {
    unsubscribe(streamChannelName, this.#record);
  }

  sum(direction: "bytesIn" | "bytesOut"): number {
    return this.messages.reduce((sum, message) => sum + message[direction], 0);
  }

  get events(): readonly string[] {
    return this.messages.map(({ event }) => event);
  }
}

describe("what streams carry", () => {
  it("is published when a command opens and closes, with all its bytes", async () => {
    using subscription = new Subscription();
    await using kubelet = await Kubelet.start();
    const command = await RemoteCommand.open(kubelet, { command: ["cat"] });
    for (let count = 0; count < 16; count++) await command.send(0, Buffer.alloc(65_536));
    command.closeStdin();
    await command.closed;
    await eventually(() => subscription.events.at(-1) === "close");
    expect(subscription.messages[0]).toEqual({
      event: "open",
      kind: "exec",
      protocol: "WebSocket v5.channel.k8s.io",
      bytesIn: 0,
      bytesOut: 0,
    });
    const carried = 16 * 65_536;
    for (const direction of ["bytesIn", "bytesOut"] as const) {
      expect(subscription.sum(direction)).toBeGreaterThan(carried);
      expect(subscription.sum(direction)).toBeLessThan(carried * 1.01);
    }
  });

  it("is published of ports each second in which they carry something", async () => {
    using subscription = new Subscription();
    await using server = await TcpServer.start(echo);
    await using kubelet = await Kubelet.start({ provider: portProvider() });
    const client = await openSpdy(kubelet);
    const { data } = openPair(client, server.port);
    await data.write(Buffer.alloc(100_000));
    await eventually(() => subscription.events.includes("bytes"));
    expect(subscription.sum("bytesIn")).toBeGreaterThan(100_000);
    const [seen] = [subscription.messages.length];
    await data.write(Buffer.alloc(100_000));
    await eventually(() => subscription.messages.length > seen);
    client.destroy();
    await eventually(() => subscription.events.at(-1) === "close");
    expect(
      subscription.messages.every(
        ({ kind, protocol }) => `${kind} ${protocol}` === "portForward SPDY/3.1 portforward.k8s.io",
      ),
    ).toBe(true);
    expect(subscription.sum("bytesIn")).toBeLessThan(202_000);
    expect(subscription.sum("bytesOut")).toBeGreaterThan(200_000);
  });

  it("is published of a plain answer without what the connection carried before", async () => {
    using subscription = new Subscription();
    await using kubelet = await Kubelet.start();
    const socket = await kubelet.socket();
    const send = (line: string): void =>
      void socket.write(`${line} HTTP/1.1\r\nHost: node\r\nX: ${"a".repeat(4000)}\r\n\r\n`);
    send("GET /healthz");
    await once(socket, "data");
    send("POST /run/default/web/app?cmd=true");
    await once(socket, "data");
    await eventually(() => subscription.events.at(-1) === "close");
    expect(subscription.messages.map(({ event, kind, protocol }) => `${event} ${kind} ${protocol}`)).toEqual([
      "open run HTTP/1.1",
      "close run HTTP/1.1",
    ]);
    expect(subscription.sum("bytesIn")).toBeLessThan(4000);
    socket.destroy();
  });

  it("is published of logs", async () => {
    using subscription = new Subscription();
    await using kubelet = await Kubelet.start({
      provider: Object.assign(new HostProvider(), { getContainerLogs: () => Readable.from([Buffer.alloc(50_000)]) }),
    });
    await kubelet.get("/containerLogs/default/web/app");
    await eventually(() => subscription.events.at(-1) === "close");
    expect(subscription.messages.map(({ event, kind }) => `${event} ${kind}`)).toEqual(["open logs", "close logs"]);
    expect(subscription.sum("bytesOut")).toBeGreaterThan(50_000);
  });

  it("is published in pairs only: not at all of what opened before anybody listened, nor of what was refused", async () => {
    await using kubelet = await Kubelet.start();
    const command = await RemoteCommand.open(kubelet, { command: ["cat"] });
    using subscription = new Subscription();
    command.closeStdin();
    await command.closed;
    await kubelet.get("/run/default/none/app?cmd=true", { method: "POST" });
    await eventually(() => kubelet.lines.length === 2);
    expect(subscription.messages).toEqual([]);
  });
});
