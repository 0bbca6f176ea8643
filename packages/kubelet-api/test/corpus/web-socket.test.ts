import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { Kubelet, eventually } from "../kubelet.ts";
import { RawWebSocket } from "../raw-web-socket.ts";
import { bitFlips, expectUnharmed, recordings, streamProvider, wantedBy } from "./corpus.ts";

const all = recordings("web-socket");
/** A closing frame of a client: its head, its mask and a code. */
const closingBytes = 8;

describe("what an API server sent over a WebSocket", () => {
  it.each(all)("for $name is understood", async ({ name, bytes }) => {
    const provider = streamProvider();
    await using kubelet = await Kubelet.start({ provider });
    const { path, protocol } = wantedBy(name);
    const client = await RawWebSocket.open(kubelet, path, protocol.webSocket);
    let received = "";
    client.socket.on("data", (piece: Buffer) => (received += piece.toString("latin1")));
    // It said goodbye when it had been told everything.
    client.socket.write(bytes.subarray(0, -closingBytes));
    const kind = name.replace(/-by-.*/, "");
    if (kind === "exec") await eventually(() => /some input\n.*"status":"Success"/s.test(received));
    else if (kind === "terminal") await eventually(() => provider.calls[0]?.size !== undefined);
    else await eventually(() => received.includes("error forwarding port 18080"));
    if (kind === "terminal") expect(provider.calls[0]?.size).toEqual({ columns: 90, rows: 30 });
    client.socket.end(bytes.subarray(-closingBytes));
    await once(client.socket, "close");
    await expectUnharmed(kubelet, provider);
  });

  it("with one bit another ends that connection and its processes, and others are served", async () => {
    const provider = streamProvider();
    await using kubelet = await Kubelet.start({ provider });
    for (const { name, bytes } of all) {
      const { path, protocol } = wantedBy(name);
      for (const flipped of bitFlips(bytes, { every: Math.ceil(bytes.length / 12) })) {
        const client = await RawWebSocket.open(kubelet, path, protocol.webSocket);
        client.socket.resume().write(flipped);
        client.socket.end();
        await once(client.socket, "close");
      }
    }
    await expectUnharmed(kubelet, provider);
  });
});
