import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import {
  type Credentials,
  type CredentialsCall,
  isKubernetesError,
  issueCertificate,
  KubernetesClient,
  type Patch,
  type Pod,
  resources,
} from "../../src/index.ts";
import { FakeApiServer } from "../fake-api-server.ts";
import { TunnelProxy } from "../tunnel-proxy.ts";

const web = { namespace: "default", name: "web" };

describe("requests", () => {
  test.each<[string, Patch, string, Record<string, string>, unknown]>([
    ["merge", { type: "merge", body: { spec: null } }, "application/merge-patch+json", {}, { spec: null }],
    [
      "strategic",
      { type: "strategic", body: { status: {} } },
      "application/strategic-merge-patch+json",
      {},
      { status: {} },
    ],
    [
      "json",
      { type: "json", body: [{ op: "remove", path: "/a" }] },
      "application/json-patch+json",
      {},
      [{ op: "remove", path: "/a" }],
    ],
    [
      "apply",
      { type: "apply", body: { spec: {} }, fieldManager: "me", force: true },
      "application/apply-patch+yaml",
      { fieldManager: "me", force: "true" },
      { apiVersion: "v1", kind: "Pod", spec: {} },
    ],
  ])("a %s patch has its own content type", async (_, patch, contentType, query, body) => {
    await using server = await FakeApiServer.start();
    await using client = new KubernetesClient({ connection: server.connection() });
    const patched = client.patch(resources.pods, web, { patch, subresource: "status", dryRun: true });
    const request = await server.next();
    request.json({ metadata: { name: "web" } });
    expect(await patched).toEqual({ metadata: { name: "web" } });
    expect(request).toMatchObject({ method: "PATCH", path: "/api/v1/namespaces/default/pods/web/status" });
    expect(request.headers["content-type"]).toBe(contentType);
    expect(request.query).toEqual({ dryRun: "All", ...query });
    expect(JSON.parse(request.body)).toEqual(body);
  });

  test("create, replace, delete, list and subresources go where Kubernetes has them", async () => {
    await using server = await FakeApiServer.start();
    await using client = new KubernetesClient({
      connection: { ...server.connection({ token: "secret" }), server: `${server.url}/k8s/c-1/` },
    });
    const seen: string[] = [];
    const answered = async (doing: Promise<unknown>): Promise<{ body: unknown; query: unknown }> => {
      const request = await server.next();
      seen.push(`${request.method} ${request.path} ${request.headers.authorization}`);
      request.json({});
      await doing;
      return { body: request.body === "" ? undefined : JSON.parse(request.body), query: request.query };
    };
    const created = await answered(
      client.create(resources.leases, { metadata: { name: "n", namespace: "kube-node-lease" } }),
    );
    expect(created.body).toMatchObject({
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name: "n" },
    });
    await answered(
      client.replace(resources.nodes, { metadata: { name: "n", uid: "u" }, spec: {} }, { subresource: "status" }),
    );
    const deleted = await answered(client.delete(resources.pods, web, { gracePeriodSeconds: 0, uid: "u" }));
    expect(deleted.body).toEqual({
      apiVersion: "v1",
      kind: "DeleteOptions",
      gracePeriodSeconds: 0,
      preconditions: { uid: "u" },
    });
    const listed = await answered(
      client.list(resources.pods, { fieldSelector: "spec.nodeName=a b", limit: 5, timeoutMs: 1000 }),
    );
    expect(listed.query).toEqual({ fieldSelector: "spec.nodeName=a b", limit: "5" });
    const subresource = { namespace: "a", name: "sa", subresource: "token" };
    await answered(
      client.createSubresource(resources.serviceAccounts, subresource, { body: { spec: { audiences: [] } } }),
    );
    expect(seen).toEqual([
      "POST /k8s/c-1/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases Bearer secret",
      "PUT /k8s/c-1/api/v1/nodes/n/status Bearer secret",
      "DELETE /k8s/c-1/api/v1/namespaces/default/pods/web Bearer secret",
      "GET /k8s/c-1/api/v1/pods Bearer secret",
      "POST /k8s/c-1/api/v1/namespaces/a/serviceaccounts/sa/token Bearer secret",
    ]);
  });

  test("an empty or missing name never becomes a request for the whole collection", async () => {
    await using server = await FakeApiServer.start();
    await using client = new KubernetesClient({ connection: server.connection() });
    await expect(client.delete(resources.pods, { namespace: "default", name: "" })).rejects.toThrow(TypeError);
    await expect(client.delete(resources.pods, { name: "web" })).rejects.toThrow("pods have a namespace");
    await expect(client.get(resources.pods, { namespace: "..", name: "web" })).rejects.toThrow(TypeError);
    expect(server.connections).toBe(0);
  });

  test("200 sequential requests use one connection, and watches do not keep requests waiting", async () => {
    await using server = await FakeApiServer.start();
    await using client = new KubernetesClient({ connection: server.connection(), maxConnections: 1 });
    const watches = Array.from({ length: 4 }, () => client.watch(resources.pods)[Symbol.asyncIterator]());
    const events = watches.map((watch) => watch.next());
    const held = await Promise.all(watches.map(() => server.next()));
    const before = server.connections;
    server.answerAll((request) => request.json({ metadata: { name: "web" } }));
    for (let count = 0; count < 200; count++) await client.get(resources.pods, web);
    expect(server.connections - before).toBe(1);
    for (const watch of held) watch.event("ADDED", { metadata: { name: "web" } }).end();
    expect((await Promise.all(events)).map((event) => event.value?.type)).toEqual(["ADDED", "ADDED", "ADDED", "ADDED"]);
  });
});

describe("failures", () => {
  test("a Status becomes a typed error", async () => {
    await using server = await FakeApiServer.start();
    await using client = new KubernetesClient({ connection: server.connection() });
    const failed = client.get(resources.pods, web).catch((error: unknown) => error);
    (await server.next()).status(422, "Invalid", {
      details: { causes: [{ reason: "FieldValueInvalid", field: "metadata.uid" }] },
    });
    const error = await failed;
    expect(isKubernetesError(error, "Invalid")).toBe(true);
    expect(error).toMatchObject({
      code: 422,
      details: { causes: [{ field: "metadata.uid" }] },
      retryAfterMs: undefined,
    });
    expect((error as Error).message).toBe("GET /api/v1/namespaces/default/pods/web: 422 Invalid: it is Invalid");
  });

  test("an answer that is not from Kubernetes is quoted", async () => {
    await using server = await FakeApiServer.start();
    await using client = new KubernetesClient({ connection: server.connection() });
    const gateway = client.get(resources.pods, web);
    (await server.next()).text("<html>\n  bad gateway</html>", 502, { "content-type": "text/html" });
    await expect(gateway).rejects.toThrow(
      "502 Bad Gateway: the answer is no Kubernetes status (text/html): <html> bad gateway</html>",
    );
    const login = client.get(resources.pods, web).catch((error: unknown) => error);
    (await server.next()).text("<html>log in</html>", 200);
    expect(await login).toMatchObject({ code: 0, reason: "InvalidResponse" });
  });

  test("a damaged answer that holds secrets is not quoted, neither by us nor by the parser", async () => {
    await using server = await FakeApiServer.start();
    await using client = new KubernetesClient({ connection: server.connection() });
    const name = { namespace: "default", name: "keys" };
    const damaged = '{"data":{"TOKEN":"c2VjcmV0" "OTHER":"c2VjcmV0"}}';
    const events = client.watch(resources.secrets, { namespace: "default", signal: AbortSignal.timeout(5_000) });
    const asks = [
      () => client.get(resources.secrets, name),
      () => client.createSubresource(resources.serviceAccounts, { ...name, subresource: "token" }, { body: {} }),
      () => Array.fromAsync(events),
    ];
    for (const ask of asks) {
      const failed = ask().then(
        () => undefined,
        (error: unknown) => error,
      );
      (await server.next()).text(`${damaged}\n`, 200);
      const error = await failed;
      expect(error).toMatchObject({ reason: "InvalidResponse", message: expect.stringContaining("not shown") });
      expect(inspect(error)).not.toMatch(/c2Vj|TOKEN|OTHER/);
    }
  });

  test("429 and 503 are repeated when the server says when, also for changes, and at most three times", async () => {
    await using server = await FakeApiServer.start();
    await using client = new KubernetesClient({ connection: server.connection() });
    const created = client.create(resources.pods, {
      metadata: { namespace: "default", name: "web" },
      spec: { containers: [] },
    });
    (await server.next()).status(429, "TooManyRequests", { headers: { "retry-after": "0" } });
    (await server.next()).status(503, "ServiceUnavailable", { details: { retryAfterSeconds: 0 } });
    (await server.next()).json({ metadata: { uid: "1" } });
    expect((await created).metadata.uid).toBe("1");

    const failed = client.get(resources.pods, web).catch((error: unknown) => error);
    for (let count = 0; count < 4; count++)
      (await server.next()).status(429, "TooManyRequests", { headers: { "retry-after": "0" } });
    expect(await failed).toMatchObject({ code: 429, retryAfterMs: 0 });
    const silent = client.get(resources.pods, web).catch((error: unknown) => error);
    (await server.next()).status(503, "ServiceUnavailable");
    expect(await silent).toMatchObject({ code: 503, retryAfterMs: undefined });
    const tooLong = client.get(resources.pods, web, { timeoutMs: 500 }).catch((error: unknown) => error);
    (await server.next()).status(429, "TooManyRequests", { headers: { "retry-after": "60" } });
    expect(await tooLong).toMatchObject({ code: 429, retryAfterMs: 60_000 });
    expect(server.unanswered).toBe(0);
  });

  test("after a 401 it asks once for newer credentials", async () => {
    await using server = await FakeApiServer.start();
    let token = "old";
    const credentials = ({ refresh }: CredentialsCall): Credentials => ({
      token: refresh ? (token = "new") : token,
    });
    await using client = new KubernetesClient({ connection: { server: server.url, credentials } });
    const got = client.get(resources.pods, web);
    (await server.next()).status(401, "Unauthorized");
    const second = await server.next();
    expect(second.headers.authorization).toBe("Bearer new");
    second.json({ ok: true });
    await got;
    const refused = client.get(resources.pods, web).catch((error: unknown) => error);
    (await server.next()).status(401, "Unauthorized");
    (await server.next()).status(401, "Unauthorized");
    expect(await refused).toMatchObject({ code: 401, reason: "Unauthorized" });
  });

  test("a GET on a connection that the server gave up is repeated, a change is not", async () => {
    await using server = await FakeApiServer.start();
    await using client = new KubernetesClient({ connection: server.connection() });
    const got = client.get(resources.pods, web);
    (await server.next()).cut();
    (await server.next()).json({ metadata: { name: "web" } });
    expect((await got).metadata.name).toBe("web");
    const changed = client.delete(resources.pods, web).catch((error: unknown) => error);
    (await server.next()).cut();
    expect(await changed).toMatchObject({ code: 0, reason: "Unreachable" });
  });

  test("the deadline and the caller's signal end a request, its credentials and its waits", async () => {
    await using server = await FakeApiServer.start();
    await using client = new KubernetesClient({ connection: server.connection() });
    const late = client.get(resources.pods, web, { timeoutMs: 50 });
    await expect(late).rejects.toMatchObject({ code: 0, reason: "DeadlineExceeded" });
    const aborting = new AbortController();
    const aborted = client.get(resources.pods, web, { signal: aborting.signal });
    await server.next();
    await server.next();
    aborting.abort(new Error("no longer wanted"));
    await expect(aborted).rejects.toThrow("no longer wanted");
    const waiting = client.get(resources.pods, web, { signal: AbortSignal.timeout(50) });
    (await server.next()).status(429, "TooManyRequests", { headers: { "retry-after": "20" } });
    await expect(waiting).rejects.toThrow("timeout");
    const hanging = { server: server.url, credentials: () => new Promise<Credentials>(() => {}) };
    await using other = new KubernetesClient({ connection: hanging });
    await expect(other.get(resources.pods, web, { timeoutMs: 20 })).rejects.toMatchObject({
      reason: "DeadlineExceeded",
    });
  });

  test("with a signal that is aborted already nobody is asked for credentials, whose failure nobody would hear", async () => {
    let asked = 0;
    const credentials = async (): Promise<Credentials> => {
      asked++;
      throw new Error("the plugin failed");
    };
    await using client = new KubernetesClient({ connection: { server: "http://127.0.0.1:1", credentials } });
    const late = client.get(resources.pods, web, { signal: AbortSignal.abort(new Error("too late")) });
    await expect(late).rejects.toThrow("too late");
    expect(asked).toBe(0);
  });

  test("no server and a closed client are said in a sentence", async () => {
    const server = await FakeApiServer.start();
    await server[Symbol.asyncDispose]();
    const client = new KubernetesClient({ connection: server.connection() });
    const unreachable = await client.get(resources.pods, web).catch((error: unknown) => error);
    expect(unreachable).toMatchObject({ code: 0, reason: "Unreachable" });
    expect((unreachable as Error).message).toContain("cannot reach the API server at http://127.0.0.1:");
    await client[Symbol.asyncDispose]();
    await expect(client.get(resources.pods, web)).rejects.toMatchObject({ reason: "Closed" });
  });
});

describe("TLS", () => {
  const ca = issueCertificate({ commonName: "test CA", certificateAuthority: true });
  const serving = issueCertificate({
    commonName: "server",
    ipAddresses: ["127.0.0.1"],
    usages: ["serverAuth"],
    issuer: ca,
  });
  const tls = {
    cert: serving.certificate,
    key: serving.key,
    ca: ca.certificate,
    requestCert: true,
    rejectUnauthorized: false,
  };
  const user = (commonName: string): Credentials => {
    const pair = issueCertificate({ commonName, usages: ["clientAuth"], issuer: ca });
    return { ca: ca.certificate, cert: pair.certificate, key: pair.key };
  };

  test("the server sees the client's certificate, and connections are made anew only when it changes", async () => {
    await using server = await FakeApiServer.start(tls);
    const [first, second] = [user("first"), user("second")];
    let now = first;
    await using client = new KubernetesClient({
      connection: { server: server.url, credentials: () => ({ ...now, token: `${Math.random()}` }) },
    });
    const names: string[] = [];
    const get = async (): Promise<void> => {
      const got = client.get<Pod>(resources.pods, web);
      const request = await server.next();
      names.push(request.peerName);
      request.json({ metadata: {} });
      await got;
    };
    for (let count = 0; count < 50; count++) await get();
    expect(server.connections).toBeLessThanOrEqual(2);
    now = second;
    for (let count = 0; count < 50; count++) await get();
    expect(server.connections).toBeLessThanOrEqual(4);
    await expect.poll(() => server.openConnections).toBeLessThanOrEqual(2);
    expect(names).toEqual([...Array(50).fill("first"), ...Array(50).fill("second")]);
  });

  test("requests that find the certificate changed under them still have an answer", async () => {
    await using server = await FakeApiServer.start(tls);
    const [first, second] = [user("first"), user("second")];
    let asked = 0;
    await using client = new KubernetesClient({
      connection: { server: server.url, credentials: () => (asked++ % 2 === 0 ? first : second) },
    });
    server.answerAll((request) => request.json({ metadata: { name: request.peerName } }));
    const pods = await Promise.all(Array.from({ length: 4 }, () => client.get(resources.pods, web)));
    expect(pods.map((pod) => pod.metadata.name)).toEqual(["first", "second", "first", "second"]);
  });

  test("a server of another CA or name is refused with advice", async () => {
    await using server = await FakeApiServer.start(tls);
    const other = issueCertificate({ commonName: "other CA", certificateAuthority: true });
    const get = async (credentials: Credentials): Promise<unknown> => {
      await using client = new KubernetesClient({ connection: server.connection(credentials) });
      return await client.get(resources.pods, web, { timeoutMs: 2000 });
    };
    await expect(get({ ca: other.certificate })).rejects.toThrow("is not signed by the CA that was given");
    await expect(get({ ca: ca.certificate, serverName: "elsewhere" })).rejects.toThrow("is for another name");
    const skipping = get({ insecureSkipTlsVerify: true });
    (await server.next()).json({});
    await skipping;
  });

  test.each(["without", "with"])("the name to expect may be an address, %s a proxy", async (way) => {
    const elsewhere = issueCertificate({ commonName: "server", ipAddresses: ["10.9.9.9"], issuer: ca });
    await using server = await FakeApiServer.start({ cert: elsewhere.certificate, key: elsewhere.key });
    await using proxy = await TunnelProxy.start();
    const get = async (serverName: string): Promise<unknown> => {
      const connection = server.connection({ ca: ca.certificate, serverName });
      const proxyUrl = way === "with" ? { proxyUrl: proxy.url } : {};
      await using client = new KubernetesClient({ connection: { ...connection, ...proxyUrl } });
      return await client.get(resources.pods, web, { timeoutMs: 2000 });
    };
    const got = get("10.9.9.9");
    (await server.next()).json({ ok: true });
    expect(await got).toEqual({ ok: true });
    await expect(get("10.9.9.8")).rejects.toThrow("is for another name");
  });

  test("a proxy on the way is asked for a tunnel", async () => {
    await using server = await FakeApiServer.start(tls);
    await using proxy = await TunnelProxy.start();
    const connection = { ...server.connection(user("me")), proxyUrl: proxy.url };
    await using client = new KubernetesClient({ connection });
    const got = client.get(resources.pods, web);
    const request = await server.next();
    expect(request.peerName).toBe("me");
    request.json({});
    await got;
    expect(proxy.targets).toEqual([server.url.slice("https://".length)]);
  });
});
