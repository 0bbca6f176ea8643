import { once } from "node:events";
import { PassThrough } from "node:stream";
import type { Status } from "@virtual-kubelet/kubernetes";
import type { AttachCall, Exit, Provider, TerminalSize } from "@virtual-kubelet/provider";
import { describe, expect, it } from "vitest";
import type { WebSocket } from "ws";
import { bareProvider, podSource, web } from "../host-provider.ts";
import { Kubelet, eventually } from "../kubelet.ts";
import { SpdyClient } from "../spdy-client.ts";

type Container = (typeof web.spec.containers)[number];

/** A provider with one process, which says what the test says and gives back its input in capitals. */
class AttachProvider {
  readonly calls: AttachCall[] = [];
  readonly sizes: TerminalSize[] = [];
  readonly stdout = new PassThrough();
  readonly stdin = new PassThrough();
  readonly #exit = Promise.withResolvers<Exit>();
  readonly provider: Provider = {
    ...bareProvider,
    attach: (_container, call) => {
      this.calls.push(call);
      this.stdin.on("data", (bytes: Buffer) => this.stdout.write(bytes.toString().toUpperCase()));
      return {
        stdout: this.stdout,
        ...(call.stdin ? { stdin: this.stdin } : {}),
        wait: () => this.#exit.promise,
        resize: (size) => void this.sizes.push(size),
      };
    },
  };

  end(exit: Exit): void {
    this.stdout.end();
    this.#exit.resolve(exit);
  }
}

async function startWith(container: Partial<Container>): Promise<{ process: AttachProvider; kubelet: Kubelet }> {
  const process = new AttachProvider();
  const { containers } = web.spec;
  const pod = {
    ...web,
    spec: { ...web.spec, containers: [{ ...containers[0]!, ...container }, ...containers.slice(1)] },
  };
  return { process, kubelet: await Kubelet.start({ provider: process.provider, pods: podSource(pod) }) };
}

const versions = ["v4.channel.k8s.io"];
const inputPath = "/attach/default/web/app?input=1&output=1";

async function openWebSocket(kubelet: Kubelet): Promise<WebSocket> {
  const socket = kubelet.webSocket(inputPath);
  await once(socket, "open");
  return socket;
}

describe("attaching", () => {
  it("carries the process's input and output, and says Success at its end whatever its exit code", async () => {
    const { process, kubelet: started } = await startWith({ stdin: true });
    await using kubelet = started;
    const client = await SpdyClient.open(kubelet, "/attach/default/web/app?input=1&output=1", versions);
    const [error, stdin, stdout] = ["error", "stdin", "stdout"].map((streamtype) => client.stream({ streamtype }));
    await stdout!.reply;
    await stdin!.write("hello");
    await eventually(() => stdout!.text() === "HELLO");
    process.end({ type: "code", code: 7 });
    await error!.ended;
    expect(JSON.parse(error!.text()) as Status).toEqual({ metadata: {}, status: "Success" });
    client.destroy();
    await eventually(() => kubelet.lines.length === 1);
    expect(kubelet.lines[0]).toMatchObject({ audit: "attach", container: "app", outcome: "ended: exit code 7" });
  });

  it("comes by WebSocket and by the path with the UID too, and detaches when the client goes", async () => {
    const { process, kubelet: started } = await startWith({ stdin: true });
    await using kubelet = started;
    const socket = kubelet.webSocket("/attach/default/web/uid-1/app?input=1&output=1");
    await once(socket, "open");
    await eventually(() => process.calls.length === 1);
    expect(process.calls[0]).toMatchObject({ stdin: true, stdout: true, stderr: false, tty: false });
    socket.terminate();
    await eventually(() => process.calls[0]!.signal.aborted);
  });

  it.each<[string, boolean, (kubelet: Kubelet) => Promise<() => unknown>]>([
    [
      "goes on when a client by WebSocket vanishes",
      false,
      async (kubelet) => {
        const socket = await openWebSocket(kubelet);
        return () => socket.terminate();
      },
    ],
    [
      "goes on when a client by SPDY vanishes",
      false,
      async (kubelet) => {
        const client = await SpdyClient.open(kubelet, inputPath, versions);
        for (const streamtype of ["error", "stdin", "stdout"]) client.stream({ streamtype });
        return () => client.destroy();
      },
    ],
    [
      "goes on when the node closes",
      false,
      async (kubelet) => {
        await openWebSocket(kubelet);
        return () => kubelet[Symbol.asyncDispose]();
      },
    ],
    [
      "ends when the client says so",
      true,
      async (kubelet) => {
        const socket = await openWebSocket(kubelet);
        return () => socket.send(Buffer.from([255, 0]), () => socket.terminate());
      },
    ],
  ])("has an input that %s", async (_, ends, open) => {
    const { process, kubelet: started } = await startWith({ stdin: true });
    await using kubelet = started;
    const leave = await open(kubelet);
    await eventually(() => process.calls.length === 1);
    await leave();
    await eventually(() => kubelet.lines.length === 1);
    expect(process.stdin.writableEnded).toBe(ends);
  });

  it("asks for no input of a container that has none, drops what comes, and does not hold the client up", async () => {
    const { process, kubelet: started } = await startWith({});
    await using kubelet = started;
    const socket = kubelet.webSocket("/attach/default/web/app?input=1&output=1");
    await once(socket, "open");
    const text: string[] = [];
    socket.on("message", (message: Buffer) => text.push(message.subarray(1).toString()));
    for (let count = 0; count < 512; count++) socket.send(Buffer.alloc(65_536));
    await eventually(() => socket.bufferedAmount === 0 && process.calls.length === 1);
    expect(process.calls[0]).toMatchObject({ stdin: false });
    process.stdout.write("still");
    await eventually(() => text.join("").includes("still"));
    process.end({ type: "unknown" });
    expect((await once(socket, "close"))[0]).toBe(1000);
  });

  it("has a terminal only where the container has one, whose first size is told too", async () => {
    const { process, kubelet: started } = await startWith({ tty: true, stdin: true });
    await using kubelet = started;
    const client = await SpdyClient.open(kubelet, "/attach/default/web/app?input=1&output=1&tty=1", versions);
    const streams = ["error", "stdin", "stdout", "resize"].map((streamtype) => client.stream({ streamtype }));
    await streams[3]!.write('{"Width":120,"Height":40}');
    await eventually(() => process.sizes.length === 1);
    await streams[3]!.write('{"Width":80,"Height":25}');
    await eventually(() => process.sizes.length === 2);
    expect(process.calls[0]).toMatchObject({ tty: true, stderr: false });
    expect(process.sizes.map(({ columns }) => columns)).toEqual([120, 80]);
    client.destroy();
    const { process: plain, kubelet: other } = await startWith({});
    await using second = other;
    const socket = second.webSocket("/attach/default/web/app?output=1&tty=1");
    await eventually(() => plain.calls.length === 1);
    expect(plain.calls[0]).toMatchObject({ tty: false });
    socket.terminate();
  });

  it.each([
    ["no stream", "/attach/default/web/app", 400, "at least 1 of stdin, stdout, stderr"],
    ["an unknown container", "/attach/default/web/none?output=1", 404, 'container "none" not found in pod "web"'],
    ["a container that has ended", "/attach/default/web/done?output=1", 400, "is not running: Completed"],
    ["a container that waits", "/attach/default/web/late?output=1", 400, "is not running: ContainerCreating"],
  ])("to %s is refused", async (...[, path, status, message]) => {
    const { kubelet: started } = await startWith({});
    await using kubelet = started;
    const answer = await kubelet.get(path, {
      method: "POST",
      headers: { Connection: "Upgrade", Upgrade: "SPDY/3.1", "X-Stream-Protocol-Version": "v4.channel.k8s.io" },
    });
    expect(answer).toMatchObject({ status, message: expect.stringContaining(message) as string });
  });

  it("is 501 with a provider that cannot, and tells what failed in its own words", async () => {
    await using kubelet = await Kubelet.start({ provider: bareProvider });
    const socket = kubelet.webSocket("/attach/default/web/app?output=1");
    const [refused] = (await once(socket, "error")) as [Error];
    expect(refused.message).toContain("501");
    const attach: Provider["attach"] = () => Promise.reject(new Error("boom"));
    await using other = await Kubelet.start({ provider: { ...bareProvider, attach } });
    const client = await SpdyClient.open(other, "/attach/default/web/app?output=1", versions);
    const [error] = ["error", "stdout"].map((streamtype) => client.stream({ streamtype }));
    await error!.ended;
    expect(JSON.parse(error!.text()) as Status).toMatchObject({ message: "error attaching to container: boom" });
    client.destroy();
  });
});
