import { once } from "node:events";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { Kubelet } from "../kubelet.ts";

describe("hostile requests", () => {
  it.each([
    ["a request line longer than allowed", `GET /pods?${"a".repeat(33_000)} HTTP/1.1\r\nHost: n\r\n\r\n`, 414],
    ["headers longer than allowed", `GET /pods HTTP/1.1\r\nHost: n\r\nX: ${"a".repeat(17_000)}\r\n\r\n`, 431],
    [
      "an upgrade with long headers",
      `GET /exec/a/b/c HTTP/1.1\r\nHost: n\r\nConnection: upgrade\r\nUpgrade: websocket\r\nX: ${"a".repeat(17_000)}\r\n\r\n`,
      431,
    ],
    ["an absolute target", "GET https://node/pods HTTP/1.1\r\nHost: n\r\nConnection: close\r\n\r\n", 400],
    [
      "a path that climbs",
      "GET /containerLogs/default/..%2f..%2fpods/app HTTP/1.1\r\nHost: n\r\nConnection: close\r\n\r\n",
      400,
    ],
    ["a method that nobody knows", "BREW /pods HTTP/1.1\r\nHost: n\r\n\r\n", 400],
    ["a method that is not the route's", "DELETE /pods HTTP/1.1\r\nHost: n\r\nConnection: close\r\n\r\n", 405],
    [
      "both a length and chunks",
      "POST /pods HTTP/1.1\r\nHost: n\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      400,
    ],
    ["no HTTP at all", "\u0000\u0001\u0002\r\n\r\n", 400],
  ])("%s is refused, and the connection ends", async (_, request, status) => {
    await using kubelet = await Kubelet.start();
    const socket = await kubelet.socket();
    socket.write(request);
    const answer = await text(socket);
    expect(Number(answer.split(" ")[1])).toBe(status);
    expect(answer).not.toMatch(/^location:/im);
  });

  it("headers without end are cut off", async () => {
    await using kubelet = await Kubelet.start();
    const socket = await kubelet.socket();
    socket.on("error", () => {});
    const closed = new Promise((resolve) => {
      socket.once("close", resolve);
    });
    socket.write(`GET /pods HTTP/1.1\r\nX: ${"a".repeat(200_000)}`);
    await closed;
    expect(socket.bytesRead).toBeLessThan(1000);
  });
});
