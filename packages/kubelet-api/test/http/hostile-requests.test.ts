import type { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { Kubelet, lenient } from "../kubelet.ts";

/** What a bare request is answered. */
async function statusOf(kubelet: Kubelet, request: string): Promise<number> {
  const socket = await kubelet.socket();
  socket.write(request);
  return Number((await text(socket)).split(" ")[1]);
}

function closed(socket: Duplex): Promise<void> {
  return new Promise((resolve) => {
    socket.once("close", resolve).resume();
  });
}

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
    [
      "an upgrade with a body",
      "GET /exec/default/web/app?command=a HTTP/1.1\r\nHost: n\r\nConnection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 4\r\n\r\nGET ",
      400,
    ],
    [
      "an upgrade with chunks",
      "POST /exec/default/web/app?command=a HTTP/1.1\r\nHost: n\r\nConnection: upgrade\r\nUpgrade: SPDY/3.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      400,
    ],
    ["no host", "GET /pods HTTP/1.1\r\n\r\n", 400],
    ["more headers than allowed", `GET /pods HTTP/1.1\r\nHost: n\r\n${"A: b\r\n".repeat(100)}\r\n`, 431],
    ["the beginning of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400],
    ["two lengths", "POST /pods HTTP/1.1\r\nHost: n\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400],
    ["a length that is none", "POST /pods HTTP/1.1\r\nHost: n\r\nContent-Length: +1\r\n\r\na", 400],
    ["an encoding that nobody knows", "POST /pods HTTP/1.1\r\nHost: n\r\nTransfer-Encoding: chunked, x\r\n\r\n", 400],
    ["a header that is split", "GET /pods HTTP/1.1\r\nHost: n\r\nA: b\r\n c\r\nConnection: close\r\n\r\n", 400],
    ["a header with a bare line feed", "GET /pods HTTP/1.1\r\nHost: n\r\nA: b\nB: c\r\n\r\n", 400],
    ["a header with NUL", "GET /pods HTTP/1.1\r\nHost: n\r\nA: \u0000\r\n\r\n", 400],
    ["a space before the colon", "GET /pods HTTP/1.1\r\nHost : n\r\n\r\n", 400],
    ["a connect", "CONNECT node:443 HTTP/1.1\r\nHost: n\r\n\r\n", undefined],
    ["all of the server", "OPTIONS * HTTP/1.1\r\nHost: n\r\nConnection: close\r\n\r\n", 400],
  ])("%s is refused, and the connection ends", async (_, request, status) => {
    await using kubelet = await Kubelet.start();
    const socket = await kubelet.socket();
    socket.write(request);
    const answer = await text(socket);
    expect(answer === "" ? undefined : Number(answer.split(" ")[1])).toBe(status);
    expect(answer).not.toMatch(/^location:/im);
    expect(answer).not.toMatch(/^HTTP\/1\.1 (2|3)/);
  });

  it.each([
    "/containerLogs/default/..%2f..%2fpods/app",
    "/containerLogs/default/%2e%2e/app",
    "/containerLogs/../pods",
    "/./pods",
    "/containerLogs/default/web%5c..%5capp/app",
    "/containerLogs/default\\\\web/app",
    "/containerLogs/default/web%00/app",
    "/containerLogs/default/web%0d%0aSet-Cookie:a/app",
    "/containerLogs/default/web/%ff",
    "/pods?a=%zz",
  ])("the path %s leaves its place nowhere", async (path) => {
    await using kubelet = await Kubelet.start();
    const answer = await statusOf(kubelet, `GET ${path} HTTP/1.1\r\nHost: n\r\nConnection: close\r\n\r\n`);
    expect(answer).toBe(400);
  });

  it.each(["//pods", "/pods//", "//healthz//ping", "/PODS", "/pods;a", "/containerLogs//web/app", "/pods%20"])(
    "the path %s is nothing",
    async (path) => {
      await using kubelet = await Kubelet.start();
      expect(await statusOf(kubelet, `GET ${path} HTTP/1.1\r\nHost: n\r\nConnection: close\r\n\r\n`)).toBe(404);
    },
  );

  it("a parameter that is there twice is what it is first, as for kubelet", async () => {
    await using kubelet = await Kubelet.start();
    const of = (query: string) => kubelet.get(`/containerLogs/default/web/app?${query}`);
    expect((await of("tailLines=-1&tailLines=1")).status).toBe(422);
    // Nothing is wrong with it; it is the provider that gives no logs.
    expect((await of("tailLines=1&tailLines=-1")).status).toBe(501);
  });

  it("requests that follow each other without waiting are answered in order", async () => {
    await using kubelet = await Kubelet.start();
    const socket = await kubelet.socket();
    const get = (path: string, more = "") => `GET ${path} HTTP/1.1\r\nHost: n\r\n${more}\r\n`;
    socket.write(get("/healthz") + get("/none") + get("/healthz", "Connection: close\r\n"));
    const answer = await text(socket);
    expect([...answer.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, code]) => code)).toEqual(["200", "404", "200"]);
  });

  it("a connection on which too many requests wait for their answers is closed", async () => {
    const waiting = () => new Promise<boolean>(() => {});
    await using kubelet = await Kubelet.start({ reviews: { ...lenient, reviewAccess: waiting } });
    const socket = await kubelet.socket();
    socket.on("error", () => {});
    const get = "GET /healthz HTTP/1.1\r\nHost: n\r\n\r\n";
    const ended = closed(socket);
    socket.write(get.repeat(16));
    const early = await Promise.race([ended.then(() => "closed"), kubelet.get("/none", { client: undefined })]);
    expect(early).toMatchObject({ status: 401 });
    socket.write(get);
    await ended;
  });

  it("an upgrade behind a request that waits is not taken: its bytes would stand between two answers", async () => {
    let asked = 0;
    const waiting = () => new Promise<boolean>(() => void asked++);
    await using kubelet = await Kubelet.start({ reviews: { ...lenient, reviewAccess: waiting } });
    const socket = await kubelet.socket();
    socket.on("error", () => {});
    socket.write("GET /pods HTTP/1.1\r\nHost: n\r\n\r\n");
    socket.write("GET /exec/default/web/app HTTP/1.1\r\nHost: n\r\nConnection: upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n");
    expect(await text(socket)).toBe("");
    expect(asked).toBe(1);
  });

  it("nothing of a name reaches the log or an answer that could forge a line", async () => {
    await using kubelet = await Kubelet.start();
    for (const name of ["%1b%5b31m", "a%0ab", "%e2%80%ae", "%c2%85"]) {
      const plain = await kubelet.get(`/containerLogs/default/${name}/app`);
      const headers = { Connection: "Upgrade", Upgrade: "websocket" };
      const upgrade = await kubelet.get(`/exec/default/${name}/app?command=a%0ab&output=1`, { headers });
      // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
      const raw = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/;
      const said = [plain.body, upgrade.body, ...kubelet.lines.flatMap((line) => Object.values(line))].flat();
      expect(said.filter((each) => typeof each === "string" && raw.test(each))).toEqual([]);
    }
    expect(kubelet.lines.length).toBeGreaterThan(0);
  });

  it("headers without end are cut off", async () => {
    await using kubelet = await Kubelet.start();
    const socket = await kubelet.socket();
    socket.on("error", () => {});
    const ended = closed(socket);
    socket.write(`GET /pods HTTP/1.1\r\nX: ${"a".repeat(200_000)}`);
    await ended;
    expect(socket.bytesRead).toBeLessThan(1000);
  });
});
