import { once } from "node:events";
import { type Socket, connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { unansweredIn, unansweredPackets } from "../../src/streaming/unanswered-packets.ts";

const head =
  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     \n";
const lines = [
  "  158: 0100007F:ABEC 0100007F:B155 01 00000000:0001F400 00:00000000 00000000     0        0 3214182 1 0000 20 8 0 10 -1",
  "  350: 0100007F:B155 0100007F:ABEC 01 0039DC00:00000000 04:00000000 00000000     0        1 3214183 2 0000 20 0 0 15 -1",
  "  351: 0200007F:B155 0100007F:ABED 01 0039DC00:00000000 01:00000258 0000000A     0        0 3214184 2 0000 20 0 0 15 -1",
  "  352: 0000000000000000FFFF00000100007F:B155 0000000000000000FFFF00000200007F:ABED 01 00:00 04:01 00000000     0       12 3214185 2",
];

describe("packets that nobody answers", () => {
  it("are counted by the ports of both sides, sent again or asking", () => {
    const table = head + lines.join("\n");
    expect(unansweredIn(table, { localPort: 0xb155, remotePort: 0xabec })).toEqual([1]);
    expect(unansweredIn(table, { localPort: 0xb155, remotePort: 0xabed })).toEqual([10, 12]);
    expect(unansweredIn(table, { localPort: 0xabec, remotePort: 0xb155 })).toEqual([0]);
    expect(unansweredIn(table, { localPort: 1, remotePort: 2 })).toEqual([]);
    expect(unansweredIn("", {})).toEqual([]);
  });

  it("are few where the other side is there and only does not read", async () => {
    const server = createServer((socket) => socket.write(Buffer.alloc(20_000_000))).listen(0, "127.0.0.1");
    await once(server, "listening");
    const reader = connect((server.address() as AddressInfo).port, "127.0.0.1").pause();
    const [writer] = (await once(server, "connection")) as [Socket];
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(writer.writableLength).toBeGreaterThan(0);
    expect(await unansweredPackets(writer)).toBeLessThanOrEqual(1);
    reader.destroy();
    writer.on("error", () => {}).destroy();
    server.close();
  });
});
