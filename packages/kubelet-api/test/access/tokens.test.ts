import { request } from "node:https";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type Answer, Kubelet, eventually } from "../kubelet.ts";
import { execPath } from "../remote-command-client.ts";
import { ReviewServer, forbidden } from "./review-server.ts";

const scraper = {
  username: "system:serviceaccount:monitoring:scraper",
  uid: "7",
  groups: ["system:serviceaccounts"],
  extra: { "authentication.kubernetes.io/pod-name": ["scraper-0"] },
};

async function pair(options: Parameters<typeof Kubelet.start>[0] = {}) {
  const server = await ReviewServer.start();
  server.owners = { good: scraper };
  const kubelet = await Kubelet.start({ reviews: server.reviews, ...options });
  return {
    server,
    kubelet,
    get: (token: string, path = "/healthz"): Promise<Answer> =>
      kubelet.get(path, { client: undefined, headers: { Authorization: `Bearer ${token}` } }),
    async [Symbol.asyncDispose]() {
      await kubelet[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

describe("a bearer token", () => {
  test("is good when the cluster says whose it is, and all that it says goes into the next question", async () => {
    await using it = await pair();
    expect(await it.get("good")).toMatchObject({ status: 200 });
    expect(it.server.tokens).toEqual(["good"]);
    expect(it.server.questions).toEqual([
      {
        user: scraper.username,
        uid: "7",
        groups: ["system:serviceaccounts", "system:authenticated"],
        extra: scraper.extra,
        resourceAttributes: { version: "v1", resource: "nodes", name: "edge-1", verb: "get", subresource: "healthz" },
      },
    ]);
  });

  test.each(["bearer good", "BEARER good", "  Bearer good  ", "Bearer good more"])(
    "may be sent as %j",
    async (header) => {
      await using it = await pair();
      const headers = { Authorization: header };
      expect((await it.kubelet.get("/healthz", { client: undefined, headers })).status).toBe(200);
    },
  );

  test.each(["", "good", "Basic good", "Bearer", "Bearer ", "Bearer  good", "Token good"])(
    "is none in %j, about which nobody is asked",
    async (header) => {
      await using it = await pair();
      const headers = { Authorization: header };
      expect(await it.kubelet.get("/healthz", { client: undefined, headers })).toMatchObject({
        status: 401,
        body: "Unauthorized",
      });
      expect(it.server.tokens).toEqual([]);
    },
  );

  test("that is nobody's is 401 on every path, and asked about once in a while", async () => {
    await using it = await pair();
    for (const path of ["/healthz", "/pods", "/none", "/exec/default/web/app?command=true"])
      expect(await it.get("bad", path)).toMatchObject({ status: 401, body: "Unauthorized" });
    expect(it.server.tokens).toEqual(["bad"]);
    expect(it.server.questions).toEqual([]);
  });

  test("is asked about once, however many come with it, and however often", async () => {
    await using it = await pair();
    const answers = await Promise.all(Array.from({ length: 20 }, () => it.get("good")));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect((await it.get("good")).status).toBe(200);
    expect(it.server.tokens).toEqual(["good"]);
  });

  test("is asked about again when its time has passed", async () => {
    await using it = await pair({ tokenTtlMs: 30 });
    await it.get("good");
    it.server.owners = {};
    await eventually(() => {
      void it.get("good");
      return it.server.tokens.length > 1;
    });
    expect((await it.get("good")).status).toBe(401);
  });

  test("can be told not to be remembered", async () => {
    await using it = await pair({ tokenTtlMs: 0 });
    await it.get("good");
    await it.get("good");
    expect(it.server.tokens).toHaveLength(2);
  });

  test("is refused while the cluster does not answer, and the log hears of it once", async () => {
    await using it = await pair();
    it.server.answer = { status: 400, body: {} };
    expect((await it.get("good")).status).toBe(401);
    expect((await it.get("good")).status).toBe(401);
    expect(it.kubelet.lines).toHaveLength(1);
    expect(it.kubelet.lines[0]?.["message"]).toContain("does not answer tokenreviews");
    it.server.answer = undefined;
    expect((await it.get("good")).status).toBe(200);
  });

  test("is refused where the node may not ask, and the log says once what grants that", async () => {
    await using it = await pair();
    it.server.answer = forbidden("tokenreviews", "system:serviceaccount:nodes:edge");
    expect((await it.get("good")).status).toBe(401);
    expect((await it.get("other")).status).toBe(401);
    expect(it.kubelet.lines.map(({ message }) => message)).toEqual([
      "the node may not create tokenreviews, so that callers with a bearer token are refused; to grant it: kubectl create clusterrolebinding virtual-kubelet:auth-delegator --clusterrole=system:auth-delegator --serviceaccount=nodes:edge",
    ]);
  });

  test("is asked about no longer when nobody waits for the answer", async () => {
    await using it = await pair();
    it.server.answer = "never";
    const headers = { Authorization: "Bearer good" };
    const sent = [1, 2].map(() => request({ ...it.kubelet.tls(undefined), path: "/healthz", headers, agent: false }));
    for (const each of sent) each.on("error", () => {}).end();
    await eventually(() => it.server.tokens.length === 1);
    const closed = new Promise((resolve) => sent[0]?.once("close", resolve));
    sent[0]?.destroy();
    await closed;
    expect(it.server.abandoned).toBe(0);
    sent[1]?.destroy();
    await eventually(() => it.server.abandoned === 1);
    expect(it.kubelet.lines).toEqual([]);
  });
});

describe("junk tokens", () => {
  test("are asked about ten at once and then one a second, and keep nobody else out", async () => {
    await using it = await pair();
    const answers = await Promise.all(Array.from({ length: 60 }, (_, index) => it.get(`junk-${index}`)));
    const told = answers.filter(({ status }) => status === 401);
    expect(told.length).toBeGreaterThanOrEqual(10);
    expect(it.server.tokens.length).toBe(told.length);
    expect(told.length).toBeLessThan(30);
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.headers["retry-after"]).toBe("1");
    // Another address, and whoever has a certificate.
    const elsewhere = { client: undefined, headers: { Authorization: "Bearer good" }, localAddress: "127.0.0.2" };
    expect((await it.kubelet.get("/healthz", elsewhere)).status).toBe(200);
    expect((await it.kubelet.get("/healthz")).status).toBe(200);
    // What is known already needs no asking.
    expect((await it.get("good")).status).toBe(200);
  });

  test("whose bearer hangs up before the answer count as well", async () => {
    await using it = await pair();
    it.server.answer = "never";
    const refused: unknown[] = [];
    for (let index = 0; index < 40 && refused.length === 0; index++) {
      const headers = { Authorization: `Bearer junk-${index}` };
      const sent = request({ ...it.kubelet.tls(undefined), path: "/healthz", headers, agent: false });
      sent.on("error", () => {}).once("response", ({ statusCode }) => void refused.push(statusCode));
      sent.end();
      await eventually(() => it.server.tokens.length > index || refused.length > 0);
      sent.destroy();
      await eventually(() => it.server.abandoned > index || refused.length > 0);
    }
    expect(refused).toEqual([429]);
    expect(it.server.tokens.length).toBeLessThan(20);
  });

  test("of many addresses are asked about 32 at a time", async () => {
    await using it = await pair();
    it.server.answer = "never";
    let refused = 0;
    for (let index = 1; index <= 40; index++) {
      const headers = { Authorization: `Bearer junk-${index}` };
      const answer = it.kubelet.get("/healthz", { client: undefined, headers, localAddress: `127.0.1.${index}` });
      answer.then(
        ({ status }) => void (status === 429 && refused++),
        () => {},
      );
    }
    await eventually(() => refused === 8);
    expect(it.server.tokens).toHaveLength(32);
  });
});

describe("a bearer token among a WebSocket's subprotocols, where browsers have to put it", () => {
  const prefix = "base64url.bearer.authorization.k8s.io.";
  const good = `${prefix}Z29vZA`;
  const channels = "v5.channel.k8s.io";

  /** The subprotocol that was chosen, or the status that refused. */
  async function offer(kubelet: Kubelet, protocols: readonly string[]): Promise<string | number> {
    const { host, port, ...tls } = kubelet.tls(undefined);
    const url = `wss://${host}:${port}${execPath({ command: ["true"] })}`;
    const socket = new WebSocket(url, [...protocols], tls);
    return new Promise((resolve, reject) => {
      socket.once("unexpected-response", (_, { statusCode = 0 }) => resolve(statusCode));
      socket.once("open", () => resolve(socket.protocol));
      socket.once("error", reject);
    });
  }

  test.each([[[good, channels]], [[channels, good]]])("is good as %j, and is not what is chosen", async (protocols) => {
    await using it = await pair();
    expect(await offer(it.kubelet, protocols)).toBe(channels);
    expect(it.server.tokens).toEqual(["good"]);
  });

  test.each([
    ["alone", [good]],
    ["twice", [good, `${prefix}b3RoZXI`, channels]],
    ["empty", [prefix, channels]],
    ["not in base64url", [`${prefix}Z29v!A`, channels]],
    ["padded with what does not belong there", [`${prefix}Z29vZB`, channels]],
    ["not in UTF-8", [`${prefix}wyg`, channels]],
  ])("that is %s is none, about which nobody is asked", async (_, protocols) => {
    await using it = await pair();
    expect(await offer(it.kubelet, protocols)).toBe(401);
    expect(it.server.tokens).toEqual([]);
  });

  test.each([{}, { Upgrade: "websocket", Connection: "close" }, { Connection: "close, upgrade" }])(
    "is none in a request that asks for no WebSocket: %j",
    async (more) => {
      await using it = await pair();
      const headers = { ...more, "Sec-WebSocket-Protocol": `${good}, ${channels}` };
      expect((await it.kubelet.get("/healthz", { client: undefined, headers })).status).toBe(401);
    },
  );
});
