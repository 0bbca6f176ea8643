import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { TLSSocket } from "node:tls";
import type { ByteSource, LogCall, Provider } from "@virtual-kubelet/provider";
import { describe, expect, it } from "vitest";
import { bareProvider } from "../host-provider.ts";
import { Kubelet, apiServer, eventually } from "../kubelet.ts";

const request = (query: string): string =>
  `GET /containerLogs/default/web/app?${query} HTTP/1.1\r\nHost: edge-1\r\nConnection: close\r\n\r\n`;

describe("the reader of a container's logs", () => {
  it("has the headers at once, each line as it comes, and the end when the container ends", async () => {
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const { promise: spoken, resolve: speak } = Promise.withResolvers<void>();
    await using kubelet = await Kubelet.start({
      provider: logs(async function* () {
        await spoken;
        yield "one\n";
        await ended;
      }),
    });
    const socket = await kubelet.socket();
    const reader = new Received(socket);
    socket.write(request("follow=true"));
    await eventually(() => reader.text.endsWith("\r\n\r\n"));
    expect(reader.text).toMatch(/^HTTP\/1.1 200 OK\r\n.*Transfer-Encoding: chunked\r\n\r\n$/s);
    speak();
    await eventually(() => reader.text.endsWith("\r\n\r\n4\r\none\n\r\n"));
    end();
    await once(socket, "close");
    expect(reader.text.endsWith("one\n\r\n0\r\n\r\n")).toBe(true);
  });

  it("is cut off when the node closes, which is no failure for the log", async () => {
    const provider = logs(async function* ({ signal }) {
      yield "first\n";
      await once(signal, "abort");
    });
    const kubelet = await Kubelet.start({ provider });
    const socket = await kubelet.socket();
    socket.on("error", () => {}).write(request("follow=true"));
    await once(socket, "data");
    const closed = once(socket, "close");
    await kubelet[Symbol.asyncDispose]();
    await closed;
    expect(kubelet.lines).toEqual([]);
  });

  it("that stops costs little memory, however much there is to read, and disturbs no other", async () => {
    let given = 0;
    const provider = logs(async function* ({ limitBytes = 1e9 }) {
      for (let at = 0; at < limitBytes; at += 65_536) {
        const chunk = Buffer.alloc(65_536);
        given += chunk.length;
        yield chunk;
      }
    });
    await using kubelet = await Kubelet.start({ provider });
    const stopped = await kubelet.socket();
    const before = process.memoryUsage.rss();
    stopped.pause();
    stopped.write(request("follow=true"));
    let last = -1;
    await eventually(() => given > 0 && last === (last = given));
    expect(given).toBeLessThan(32e6);
    expect(process.memoryUsage.rss() - before).toBeLessThan(32e6);
    const other = await kubelet.get("/containerLogs/default/web/app?limitBytes=1000000");
    expect(other.body.length).toBeGreaterThanOrEqual(1e6);
    stopped.destroy();
  });

  it.each(["silent", "in full flow", "paused"])(
    "that resets its connection ends a stream that is %s",
    async (state) => {
      const calls: LogCall[] = [];
      let isEnded = false;
      const provider = logs(async function* (call) {
        calls.push(call);
        try {
          yield "first\n";
          if (state === "silent") await once(call.signal, "abort");
          for (;;) yield Buffer.alloc(65_536);
        } finally {
          isEnded = true;
        }
      });
      await using kubelet = await Kubelet.start({ provider });
      const { raw, secure } = await layered(kubelet);
      secure.on("error", () => {});
      secure.write(request("follow=true"));
      await once(secure, "data");
      if (state === "paused") secure.pause();
      raw.resetAndDestroy();
      await eventually(() => calls[0]?.signal.aborted === true && isEnded);
      expect(kubelet.lines).toEqual([]);
    },
  );
});

/** A TLS connection, and the one below it. */
async function layered(kubelet: Kubelet): Promise<{ raw: Socket; secure: TLSSocket }> {
  const { cert, key } = kubelet.tls(apiServer);
  const raw = connect({ port: kubelet.port, host: "127.0.0.1" });
  const secure = connectTls({ socket: raw, cert, key, rejectUnauthorized: false });
  await once(secure, "secureConnect");
  return { raw, secure };
}

class Received {
  text = "";

  constructor(socket: Socket) {
    socket.on("data", (bytes) => (this.text += bytes.toString("latin1")));
  }
}

function logs(open: (call: LogCall) => ByteSource): Provider {
  return { ...bareProvider, getContainerLogs: (_container, call) => open(call) };
}
