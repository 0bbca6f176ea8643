import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { readdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import {
  type Connection,
  type CredentialsCall,
  KubernetesClient,
  NodeConnection,
  type NodeConnectionOptions,
  type WatchLogger,
} from "../../src/index.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { type SigningPolicy, SigningServer } from "./signing-server.ts";

const call = { refresh: false, signal: new AbortController().signal };
const backoff = { minMs: 20, maxMs: 40 };

describe("a node's first certificate", () => {
  test("is given for a token, kept where only its owner reads it, and used by the next start", async () => {
    await using server = await SigningServer.start();
    await using folder = await TemporaryFolder.create();
    const path = `${folder.path}/pki`;
    {
      await using connection = await open(server, path);
      await using client = new KubernetesClient({ connection });
      expect(await client.request({ method: "GET", path: "/me" })).toMatchObject({
        metadata: { uid: "system:node:n" },
      });
    }
    expect(await readdir(path)).toEqual(["kubelet-client-n.pem"]);
    expect((await stat(`${path}/kubelet-client-n.pem`)).mode & 0o777).toBe(0o600);
    expect((await stat(path)).mode & 0o777).toBe(0o700);
    server.tokens = new Set();
    await using again = await open(server, path);
    expect(subjectOf((await again.credentials(call)).cert)).toBe("O=system:nodes\nCN=system:node:n");
    expect(server.requesters).toEqual(["good"]);
  });

  test("is waited for, and who waits is told what to do", async () => {
    await using server = await SigningServer.start();
    await using folder = await TemporaryFolder.create();
    server.policy = "wait";
    const log = new LogLines();
    const opening = open(server, folder.path, { logger: log });
    const name = await firstRequest(server);
    expect(name).toMatch(/^node-csr-n-[0-9a-f]{20}$/);
    await expect.poll(() => log.lines, { timeout: 10_000 }).toHaveLength(1);
    expect(log.lines[0]).toMatch(`${name} waits for approval: kubectl certificate approve ${name}`);
    server.sign(name);
    await using connection = await opening;
    expect((await connection.credentials(call)).cert).toContain("BEGIN CERTIFICATE");
  });

  test("is asked for once, however often the node starts before it is there", async () => {
    await using server = await SigningServer.start();
    await using folder = await TemporaryFolder.create();
    server.policy = "wait";
    for (const _ of [1, 2, 3]) {
      const stop = new AbortController();
      const opening = open(server, folder.path, { signal: stop.signal });
      await expect.poll(() => server.log.at(-1)).toMatch(/^WATCH/);
      server.log.length = 0;
      stop.abort(new Error("stopped"));
      await expect(opening).rejects.toThrow("stopped");
    }
    server.sign([...server.requests.keys()][0] ?? "");
    await using _connection = await open(server, folder.path);
    expect(server.requesters).toEqual(["good"]);
    expect(await readdir(folder.path)).toEqual(["kubelet-client-n.pem"]);
  });

  test("lasts as long as was asked for, where the cluster agrees", async () => {
    await using server = await SigningServer.start();
    await using folder = await TemporaryFolder.create();
    await using _connection = await open(server, folder.path, { expirationSeconds: 900 });
    expect([...server.requests.values()][0]?.expirationSeconds).toBe(900);
  });

  test.each<[SigningPolicy, RegExp]>([
    [
      "deny",
      /node-csr-n-\w+ was denied: not on my watch; delete it with "kubectl delete .*" to have the node ask anew/,
    ],
    ["fail", /node-csr-n-\w+ could not be signed: no such signer; delete it/],
  ])(
    "that the cluster will not give (%s) ends the start with what to do, and is not asked for again",
    async (policy, message) => {
      await using server = await SigningServer.start();
      await using folder = await TemporaryFolder.create();
      server.policy = policy;
      await expect(open(server, folder.path)).rejects.toMatchObject({
        reason: "CertificateRefused",
        message: expect.stringMatching(message),
      });
      await expect(open(server, folder.path)).rejects.toMatchObject({ reason: "CertificateRefused" });
      expect(server.requests.size).toBe(1);
    },
  );

  test("is asked for again when its request was deleted", async () => {
    await using server = await SigningServer.start();
    await using folder = await TemporaryFolder.create();
    server.policy = "forget";
    const opening = open(server, folder.path);
    await expect.poll(() => server.log.filter((line) => line.startsWith("POST")).length).toBeGreaterThan(1);
    server.policy = "sign";
    await using _connection = await opening;
  });

  test("is asked for until the token is known, and the log says what is wrong with it", async () => {
    await using server = await SigningServer.start();
    await using folder = await TemporaryFolder.create();
    const log = new LogLines();
    server.tokens = new Set();
    const opening = open(server, folder.path, { logger: log });
    await expect.poll(() => log.lines.length).toBeGreaterThan(1);
    expect(log.lines[0]).toMatch(/the cluster does not know the bootstrap token, it may have expired: give another$/);
    server.tokens = new Set(["good"]);
    await using _connection = await opening;
  });

  test("is not kept when it is for another key, and asked for again", async () => {
    await using server = await SigningServer.start();
    await using folder = await TemporaryFolder.create();
    const log = new LogLines();
    server.signedKey = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey;
    const opening = open(server, folder.path, { logger: log });
    await expect.poll(() => log.lines.length).toBeGreaterThan(0);
    expect(await readdir(folder.path)).not.toContain("kubelet-client-n.pem");
    server.signedKey = undefined;
    await using _connection = await opening;
    expect(server.requests.size).toBeGreaterThan(1);
  });

  test("cannot be kept in a folder that is none", async () => {
    await using server = await SigningServer.start();
    await using folder = await TemporaryFolder.create();
    const path = await folder.write("file", "");
    await expect(open(server, path)).rejects.toMatchObject({
      reason: "InvalidCredentials",
      message: expect.stringContaining(path),
    });
    expect(server.log).toEqual([]);
  });

  test("is for a node whose name is one", async () => {
    await using server = await SigningServer.start();
    await expect(open(server, "/nowhere", { nodeName: "../n" })).rejects.toThrow('"../n" cannot be the name of a node');
  });
});

describe("a certificate that is kept", () => {
  test.each<[string, (path: string) => Promise<unknown>]>([
    ["in the middle of writing", (path) => writeFile(`${path}/kubelet-client-n.pem.tmp`, "-----BEGIN CERT")],
    ["in the middle of writing the key", (path) => writeFile(`${path}/kubelet-client-n.key.tmp`, "-----BEGIN")],
    [
      "after the certificate came and before its key was dropped",
      async (path) => {
        const text = await readFile(`${path}/kubelet-client-n.pem`, "utf8");
        await writeFile(`${path}/kubelet-client-n.key`, text.slice(text.indexOf("-----BEGIN PRIVATE")));
      },
    ],
  ])("is used and renewed by a node that was killed %s", async (_, leave) => {
    await using server = await SigningServer.start();
    await using folder = await TemporaryFolder.create();
    const first = await certificateOf(await open(server, folder.path));
    await leave(folder.path);
    await using connection = await open(server, folder.path, { renewal: { from: 0, to: 0 } });
    expect((await connection.credentials(call)).cert).toBe(first);
    await expect.poll(async () => (await connection.credentials(call)).cert).not.toBe(first);
    expect(server.requesters.slice(0, 2)).toEqual(["good", "system:node:n"]);
  });

  test.each<[string, (server: SigningServer, folder: TemporaryFolder) => Promise<unknown>, RegExp]>([
    ["has expired", async (server) => void (server.validForMs = 0), /it expired on/],
    [
      "is another node's",
      (_, { path }) => rename(`${path}/kubelet-client-n.pem`, `${path}/kubelet-client-m.pem`),
      /it is for system:node:n, not for system:node:m/,
    ],
    [
      "is damaged",
      (_, { path }) => writeFile(`${path}/kubelet-client-n.pem`, "Server: x\n"),
      /it lacks a certificate, a key, or the server/,
    ],
  ])("and %s is replaced by way of the token", async (what, change, message) => {
    await using server = await SigningServer.start();
    await using folder = await TemporaryFolder.create();
    const nodeName = what === "is another node's" ? "m" : "n";
    server.notBeforeMs = -5_000;
    server.validForMs = what === "has expired" ? 1_500 : 3_600_000;
    await certificateOf(await open(server, folder.path));
    await change(server, folder);
    Object.assign(server, { validForMs: 3_600_000, signedFor: nodeName });
    const log = new LogLines();
    if (what === "has expired") await expect.poll(() => isOver(folder.path), { timeout: 5_000 }).toBe(true);
    await using connection = await open(server, folder.path, { nodeName, logger: log });
    expect(subjectOf((await connection.credentials(call)).cert)).toContain(`CN=system:node:${nodeName}`);
    expect(log.lines[0]).toMatch(message);
    expect(server.requesters).toEqual(["good", "good"]);
  });

  test("of another cluster is not shown to this one", async () => {
    await using server = await SigningServer.start();
    await using other = await SigningServer.start();
    await using folder = await TemporaryFolder.create();
    await certificateOf(await open(other, folder.path));
    const log = new LogLines();
    await certificateOf(await open(server, folder.path, { logger: log }));
    expect(log.lines[0]).toContain(`it is for the cluster at ${other.url}, not for the one at ${server.url}`);
    expect(server.requesters).toEqual(["good"]);
  });
});

describe("a certificate in use", () => {
  test("is renewed with itself, and used until the new one is there", async () => {
    await using server = await SigningServer.start();
    await using folder = await TemporaryFolder.create();
    await using connection = await open(server, folder.path, { renewal: { from: 0, to: 0 } });
    server.policy = "wait";
    const first = (await connection.credentials(call)).cert;
    await expect.poll(() => server.requests.size).toBe(2);
    expect((await connection.credentials(call)).cert).toBe(first);
    server.sign([...server.requests.keys()][1] ?? "");
    await expect.poll(async () => (await connection.credentials(call)).cert).not.toBe(first);
    expect(server.requesters.slice(0, 2)).toEqual(["good", "system:node:n"]);
  });

  test("goes on being used while its renewal is denied, which is tried again without a flood of requests", async () => {
    await using server = await SigningServer.start();
    await using folder = await TemporaryFolder.create();
    const log = new LogLines();
    await using connection = await open(server, folder.path, { renewal: { from: 0, to: 0 }, logger: log });
    server.policy = "deny";
    await expect.poll(async () => (await connection.credentials(call)).cert && log.lines.length).toBeGreaterThan(2);
    expect(log.lines[0]).toContain("no new client certificate for the node yet");
    expect(server.requests.size).toBe(2);
  });

  test("that expires is replaced by way of the token, and who asks meanwhile waits", async () => {
    await using server = await SigningServer.start();
    await using folder = await TemporaryFolder.create();
    Object.assign(server, { notBeforeMs: -60_000, validForMs: 1_100 });
    await using connection = await open(server, folder.path, { renewal: { from: 2, to: 2 } });
    const first = (await connection.credentials(call)).cert ?? "";
    server.validForMs = 3_600_000;
    await expect.poll(() => new X509Certificate(first).validToDate < new Date(), { timeout: 5_000 }).toBe(true);
    expect((await connection.credentials(call)).cert).not.toBe(first);
    expect(server.requesters).toEqual(["good", "good"]);
  });

  test("that cannot be replaced in time is said by the request that needs it", async () => {
    await using server = await SigningServer.start();
    await using folder = await TemporaryFolder.create();
    Object.assign(server, { notBeforeMs: -60_000, validForMs: 1_100 });
    await using connection = await open(server, folder.path);
    const first = (await connection.credentials(call)).cert ?? "";
    server.tokens = new Set();
    await expect.poll(() => new X509Certificate(first).validToDate < new Date(), { timeout: 5_000 }).toBe(true);
    await expect(connection.credentials(call)).rejects.toMatchObject({ reason: "InvalidCredentials" });
  });

  test("that the cluster no longer knows is replaced by way of the token", async () => {
    await using server = await SigningServer.start();
    await using folder = await TemporaryFolder.create();
    await using connection = await open(server, folder.path);
    await using client = new KubernetesClient({ connection });
    server.trusts = false;
    await expect(client.request({ method: "GET", path: "/me" })).rejects.toMatchObject({ code: 401 });
    await expect.poll(() => server.requesters).toEqual(["good", "good"]);
    server.trusts = true;
    await expect(client.request({ method: "GET", path: "/me" })).resolves.toBeDefined();
  });

  test("that the cluster no longer knows is no reason to doubt the token", async () => {
    await using server = await SigningServer.start();
    await using folder = await TemporaryFolder.create();
    const asked: CredentialsCall["refresh"][] = [];
    const credentials = (of: CredentialsCall): ReturnType<Connection["credentials"]> => {
      asked.push(of.refresh);
      return server.bootstrap().credentials(of);
    };
    await using connection = await open(server, folder.path, { bootstrap: { server: server.url, credentials } });
    await using client = new KubernetesClient({ connection });
    server.trusts = false;
    await expect(client.request({ method: "GET", path: "/me" })).rejects.toMatchObject({ code: 401 });
    await expect.poll(() => server.requesters).toEqual(["good", "good"]);
    expect(new Set(asked)).toEqual(new Set([false, "ca"]));
  });

  test("that was refused by mistake, when the token was over already, is renewed with itself", async () => {
    await using server = await SigningServer.start();
    await using folder = await TemporaryFolder.create();
    const [log, renewal] = [new LogLines(), { from: 0.001, to: 0.001 }];
    await using connection = await open(server, folder.path, { renewal, logger: log });
    await using client = new KubernetesClient({ connection });
    const { cert } = await connection.credentials(call);
    Object.assign(server, { trusts: false, tokens: new Set() });
    await expect(client.request({ method: "GET", path: "/me" })).rejects.toMatchObject({ code: 401 });
    await expect.poll(() => log.lines.length).toBeGreaterThan(0);
    server.trusts = true;
    await expect.poll(async () => (await connection.credentials(call)).cert, { timeout: 10_000 }).not.toBe(cert);
    expect(server.requesters.slice(0, 2)).toEqual(["good", "system:node:n"]);
  });

  test("that is refused when its time has come is replaced by way of the token", async () => {
    await using server = await SigningServer.start();
    await using folder = await TemporaryFolder.create();
    await using connection = await open(server, folder.path, { renewal: { from: 0, to: 0 } });
    await using client = new KubernetesClient({ connection });
    server.trusts = false;
    const ask = () => client.request({ method: "GET", path: "/me" }).catch(() => server.requesters);
    await expect.poll(ask).toEqual(["good", "good"]);
  });

  test("is not what is wrong when the server cannot be verified", async () => {
    await using server = await SigningServer.start();
    await using folder = await TemporaryFolder.create();
    await using connection = await open(server, folder.path);
    await using client = new KubernetesClient({ connection });
    const { cert } = await connection.credentials({ ...call, refresh: "ca" });
    // A request for another certificate would overtake these.
    for (let count = 0; count < 10; count++) await client.request({ method: "GET", path: "/me" });
    expect((await connection.credentials(call)).cert).toBe(cert);
    expect(server.requesters).toEqual(["good"]);
  });
});

async function open(
  server: SigningServer,
  folder: string,
  options: Partial<NodeConnectionOptions> & { readonly signal?: AbortSignal } = {},
): Promise<NodeConnection> {
  return NodeConnection.open({ nodeName: "n", bootstrap: server.bootstrap(), folder, backoff, ...options });
}

/** Of a connection that is not needed any more. */
async function certificateOf(opened: NodeConnection): Promise<string | undefined> {
  await using connection = opened;
  return (await connection.credentials(call)).cert;
}

async function firstRequest(server: SigningServer): Promise<string> {
  await expect.poll(() => server.requests.size).toBe(1);
  return [...server.requests.keys()][0] ?? "";
}

async function isOver(folder: string): Promise<boolean> {
  const text = await readFile(`${folder}/kubelet-client-n.pem`, "utf8");
  return new X509Certificate(text).validToDate < new Date();
}

function subjectOf(certificate: string | undefined): string {
  return new X509Certificate(certificate ?? "").subject;
}

/** The warnings. */
class LogLines implements WatchLogger {
  readonly lines: string[] = [];
  readonly debug = (): void => {};
  readonly info = (): void => {};
  readonly warn = (_: object, message: string): void => void this.lines.push(message);
  readonly error = this.warn;
}
