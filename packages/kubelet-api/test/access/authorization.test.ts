import { describe, expect, test } from "vitest";
import { Kubelet, apiServer, clientCertificate, eventually } from "../kubelet.ts";
import { ReviewServer, forbidden } from "./review-server.ts";

const jane = clientCertificate({ commonName: "jane", organizations: ["people"] });
const upgrade = { Connection: "Upgrade", Upgrade: "websocket" };

async function pair(options: Parameters<typeof Kubelet.start>[0] = {}) {
  const server = await ReviewServer.start();
  const kubelet = await Kubelet.start({ reviews: server.reviews, ...options });
  return {
    server,
    kubelet,
    /** Each right that the cluster was asked about. */
    rights: () =>
      server.questions.map(({ resourceAttributes: each }) => `${each?.verb} ${each?.resource}/${each?.subresource}`),
    async [Symbol.asyncDispose]() {
      await kubelet[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

describe("what a caller may do", () => {
  test("is asked in a certificate's words, of this node", async () => {
    await using it = await pair();
    await it.kubelet.get("/pods", { client: jane });
    expect(it.server.questions).toEqual([
      {
        user: "jane",
        groups: ["people", "system:authenticated"],
        extra: { "authentication.kubernetes.io/credential-id": [expect.stringMatching(/^X509SHA256=[0-9a-f]{64}$/)] },
        resourceAttributes: { version: "v1", resource: "nodes", name: "edge-1", verb: "get", subresource: "pods" },
      },
    ]);
  });

  const exec = "/exec/default/web/app?command=true&output=1";
  test.each<[string, string, object, readonly string[]]>([
    ["GET", "/healthz", {}, ["get nodes/healthz", "get nodes/proxy"]],
    ["GET", "/healthz/ping", {}, ["get nodes/healthz", "get nodes/proxy"]],
    ["GET", "/pods", {}, ["get nodes/pods", "get nodes/proxy"]],
    ["GET", "/runningpods/", {}, ["get nodes/pods", "get nodes/proxy"]],
    ["GET", "/containerLogs/default/web/app", {}, ["get nodes/proxy"]],
    ["GET", exec, upgrade, ["create nodes/proxy"]],
    ["POST", exec, upgrade, ["create nodes/proxy"]],
    ["GET", exec, {}, ["create nodes/proxy"]],
    ["GET", "/none", {}, ["get nodes/proxy"]],
    ["DELETE", "/pods", {}, ["delete nodes/proxy"]],
    ["PUT", "/none", {}, ["update nodes/proxy"]],
    ["PATCH", "/none", {}, ["patch nodes/proxy"]],
  ])("%s %s with %j takes one of %j, whether there is something or not", async (method, path, headers, rights) => {
    await using it = await pair();
    it.server.allows = () => false;
    const answer = await it.kubelet.get(path, { method, client: jane, headers: headers as Record<string, string> });
    expect(answer.status).toBe(403);
    const [verb] = (rights[0] ?? "").split(" ");
    const all = rights.map((each) => each.split("/")[1]).join(" ");
    expect(answer.body).toContain(`Forbidden (user=jane, verb=${verb}, resource=nodes, subresource(s)=[${all}])`);
    expect(it.rights()).toEqual(rights);
  });

  test("is allowed by the coarse right where the fine one is missing", async () => {
    await using it = await pair();
    it.server.allows = (right) => right === "get nodes/proxy";
    expect((await it.kubelet.get("/pods", { client: jane })).status).toBe(200);
    expect((await it.kubelet.get("/none", { client: jane })).status).toBe(404);
    expect((await it.kubelet.get(exec, { client: jane, headers: upgrade })).status).toBe(403);
  });

  test("is kubelet's laxer rule for commands where that is wanted", async () => {
    await using it = await pair({ commandVerb: "by-method" });
    it.server.allows = () => false;
    await it.kubelet.get(exec, { client: jane, headers: upgrade });
    await it.kubelet.get(exec, { client: jane, headers: upgrade, method: "POST" });
    expect(it.rights()).toEqual(["get nodes/proxy", "create nodes/proxy"]);
  });

  test("is remembered, a yes longer than a no", async () => {
    await using it = await pair({ allowedTtlMs: 60_000, deniedTtlMs: 30 });
    it.server.allows = (_, user) => user !== "jane";
    await it.kubelet.get("/healthz", { client: apiServer });
    expect((await it.kubelet.get("/none", { client: jane })).status).toBe(403);
    it.server.allows = (_, user) => user === "jane";
    expect((await it.kubelet.get("/healthz", { client: apiServer })).status).toBe(200);
    await eventually(() => {
      void it.kubelet.get("/none", { client: jane });
      return it.server.questions.length > 2;
    });
    expect((await it.kubelet.get("/none", { client: jane })).status).toBe(404);
  });

  test("is asked once by all who want the same at the same time", async () => {
    await using it = await pair();
    await Promise.all(Array.from({ length: 20 }, () => it.kubelet.get("/healthz")));
    expect(it.server.questions).toHaveLength(1);
  });
});

describe("a cluster that cannot say what a caller may do", () => {
  test("lets nobody do anything, and the log hears of it once", async () => {
    await using it = await pair();
    it.server.answer = { status: 400, body: {} };
    for (const path of ["/pods", "/none"]) {
      const answer = await it.kubelet.get(path, { client: jane });
      expect(answer.status).toBe(500);
      expect(answer.body).toMatch(
        /^Authorization error \(user=jane, verb=get, resource=nodes, subresource=(pods|proxy)\)/,
      );
    }
    expect(it.kubelet.lines).toHaveLength(1);
    expect(it.kubelet.lines[0]?.["message"]).toContain("does not answer subjectaccessreviews");
    it.server.answer = undefined;
    expect((await it.kubelet.get("/pods", { client: jane })).status).toBe(200);
  });

  test("may be one that does not let the node ask: the log says once what grants that", async () => {
    await using it = await pair();
    it.server.answer = forbidden("subjectaccessreviews", "edge");
    await it.kubelet.get("/pods");
    await it.kubelet.get("/healthz");
    expect(it.kubelet.lines.map(({ message }) => message)).toEqual([
      "the node may not create subjectaccessreviews, so that all callers are refused; to grant it: kubectl create clusterrolebinding virtual-kubelet:auth-delegator --clusterrole=system:auth-delegator --user=edge",
    ]);
  });
});
