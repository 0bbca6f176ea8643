import { endianness } from "node:os";
import { describe, expect, test } from "vitest";
import { parseListening } from "../../../src/supervisor/ports/listening-sockets.ts";
import { reachableAddresses } from "../../../src/supervisor/ports/reachable-addresses.ts";

const head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";
const rest = "00000000:00000000 00:00000000 00000000     0        0";

describe.runIf(endianness() === "LE")("the kernel's table of sockets", () => {
  test("gives those that listen on a port, with their addresses", () => {
    const table = [
      head,
      `   0: 0100007F:1F90 00000000:0000 0A ${rest} 11 1 0000000000000000 100 0 0 10 0`,
      `   1: 00000000:1F90 00000000:0000 0A ${rest} 12 1 0000000000000000 100 0 0 10 0`,
      `   2: 0100007F:1F91 00000000:0000 0A ${rest} 13 1 0000000000000000 100 0 0 10 0`,
      `   3: 0100007F:1F90 0100007F:C350 01 ${rest} 14 1 0000000000000000 100 0 0 10 0`,
      `   4: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A ${rest} 15 1 0 100 0 0 10 0`,
      `   5: 0000000000000000FFFF00000100007F:1F90 00000000000000000000000000000000:0000 0A ${rest} 16 1 0 100 0 0 10 0`,
      `   6: B80D0120000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A ${rest} 17 1 0 100 0 0 10 0`,
      `   7: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A ${rest} 18 1 0 100 0 0 10 0`,
      "",
    ].join("\n");
    expect(parseListening(table, 8080)).toEqual([
      { address: "127.0.0.1", inode: "11" },
      { address: "0.0.0.0", inode: "12" },
      { address: "::1", inode: "15" },
      { address: "127.0.0.1", inode: "16" },
      { address: "2001:db8::1", inode: "17" },
      { address: "::", inode: "18" },
    ]);
  });
});

describe("addresses that reach a pod", () => {
  test.each([
    { it: "are the loopback's", own: ["127.0.0.1"], reach: ["127.0.0.1"] },
    { it: "are both of the loopback's for a socket of all", own: ["::"], reach: ["127.0.0.1", "::1"] },
    { it: "are IPv4's for a socket of all of those", own: ["0.0.0.0"], reach: ["127.0.0.1"] },
    { it: "are any other, when there is only that", own: ["192.0.2.7"], reach: ["192.0.2.7"] },
    { it: "are not one that another listens on beside it", own: ["0.0.0.0"], foreign: ["127.0.0.1"], reach: [] },
    { it: "are not one that another shares", own: ["127.0.0.1"], foreign: ["127.0.0.1"], reach: [] },
    { it: "are not one that another may answer at, too", own: ["0.0.0.0"], foreign: ["::"], reach: [] },
    { it: "are its own beside another's", own: ["127.0.0.1"], foreign: ["0.0.0.0"], reach: ["127.0.0.1"] },
    { it: "are none, when nobody listens", own: [], reach: [] },
    { it: "are none of a single link", own: ["fe80::1"], reach: [] },
  ])("$it", ({ own, foreign = [], reach }) => {
    const sockets = [
      ...own.map((address, index) => ({ address, inode: `own${index}` })),
      ...foreign.map((address, index) => ({ address, inode: `foreign${index}` })),
    ];
    const found = reachableAddresses(sockets, (inode) => inode.startsWith("own"));
    expect(found.map(({ address }) => address)).toEqual(reach);
  });
});
