import type { SecureContextOptions } from "node:tls";
import { describe, expect, test } from "vitest";
import {
  type Connection,
  type Credentials,
  type CredentialsCall,
  issueCertificate,
  KubernetesClient,
  type KeyPairPem,
  resources,
} from "../../src/index.ts";
import { FakeApiServer } from "../fake-api-server.ts";
import { TunnelProxy } from "../tunnel-proxy.ts";

const web = { namespace: "default", name: "web" };
const draft = { metadata: web, spec: { containers: [] } };
// Of one name, as those that a cluster's tools make one after the other.
const [oldAuthority, newAuthority] = [authority(), authority()];

function authority(): KeyPairPem {
  return issueCertificate({ commonName: "kubernetes", certificateAuthority: true });
}

function serving(issuer: KeyPairPem): SecureContextOptions {
  const { certificate, key } = issueCertificate({ commonName: "server", ipAddresses: ["127.0.0.1"], issuer });
  return { cert: certificate, key, ca: [oldAuthority.certificate, newAuthority.certificate] };
}

async function start(): Promise<FakeApiServer> {
  return FakeApiServer.start({ ...serving(oldAuthority), requestCert: true, rejectUnauthorized: false });
}

function user(commonName: string): Pick<Credentials, "cert" | "key"> {
  const { certificate, key } = issueCertificate({ commonName, issuer: oldAuthority });
  return { cert: certificate, key };
}

/** Credentials as files are: changed by others, and seen to have changed only when somebody looks. */
class Stored {
  now: Credentials;
  looks = 0;
  #seen: Credentials;

  constructor(credentials: Credentials) {
    this.now = this.#seen = credentials;
  }

  connection(server: FakeApiServer): Connection {
    const credentials = ({ refresh }: CredentialsCall): Credentials => {
      if (!refresh) return this.#seen;
      this.looks++;
      return (this.#seen = this.now);
    };
    return { server: server.url, credentials };
  }
}

describe("a server certificate of another authority", () => {
  test("makes the client look for the new authority once, also before a change, which the server sees once", async () => {
    await using server = await start();
    const stored = new Stored({ ca: oldAuthority.certificate, token: "t" });
    await using client = new KubernetesClient({ connection: stored.connection(server) });
    const methods: string[] = [];
    server.answerAll((request) => {
      methods.push(request.method);
      request.json({ metadata: web });
    });
    server.presentAs(serving(newAuthority));
    stored.now = { ca: newAuthority.certificate, token: "t" };
    await client.create(resources.pods, draft);
    await client.get(resources.pods, web);
    expect(methods).toEqual(["POST", "GET"]);
    expect(stored.looks).toBe(1);
  });

  test("is met the same way through a proxy, and by a watch", async () => {
    await using server = await start();
    await using proxy = await TunnelProxy.start();
    const stored = new Stored({ ca: oldAuthority.certificate });
    const connection = { ...stored.connection(server), proxyUrl: proxy.url };
    await using client = new KubernetesClient({ connection });
    server.presentAs(serving(newAuthority));
    stored.now = { ca: newAuthority.certificate };
    const events = client.watch(resources.pods)[Symbol.asyncIterator]();
    const next = events.next();
    (await server.next()).event("ADDED", { metadata: web }).end();
    expect((await next).value).toMatchObject({ type: "ADDED" });
    await events.next();
  });

  test("is refused when the authority that is stored has not changed", async () => {
    await using server = await start();
    const stored = new Stored({ ca: newAuthority.certificate });
    await using client = new KubernetesClient({ connection: stored.connection(server) });
    for (const looks of [1, 2]) {
      await expect(client.create(resources.pods, draft)).rejects.toMatchObject({
        reason: "Unreachable",
        message: expect.stringContaining("is not signed by the CA that was given"),
      });
      expect(stored.looks).toBe(looks);
    }
    expect(server.connections).toBe(0);
  });

  test("needs no look with a bundle of the old and the new authority, before and after", async () => {
    await using server = await start();
    const stored = new Stored({ ca: oldAuthority.certificate + newAuthority.certificate });
    await using client = new KubernetesClient({ connection: stored.connection(server) });
    server.answerAll((request) => request.json({ metadata: web }));
    await client.get(resources.pods, web);
    server.presentAs(serving(newAuthority));
    await client.get(resources.pods, web);
    expect(stored.looks).toBe(0);
  });
});

describe("credentials that the server refuses", () => {
  test("are looked for once by all the requests that were sent with them", async () => {
    await using server = await start();
    const stored = new Stored({ ca: oldAuthority.certificate, token: "old" });
    await using client = new KubernetesClient({ connection: stored.connection(server) });
    const early = client.create(resources.pods, draft);
    const late = client.create(resources.pods, draft);
    const refused = [await server.next(), await server.next()];
    stored.now = { ...stored.now, token: "new" };
    for (const [index, request] of refused.entries()) {
      request.status(401, "Unauthorized");
      const again = await server.next();
      expect(again.headers.authorization).toBe("Bearer new");
      again.json({ metadata: web });
      await [early, late][index];
    }
    await Promise.all([early, late]);
    expect(stored.looks).toBe(1);
  });

  test("may be a client certificate: the new one is shown on a new connection", async () => {
    await using server = await start();
    const ca = oldAuthority.certificate;
    const stored = new Stored({ ca, ...user("old") });
    await using client = new KubernetesClient({ connection: stored.connection(server) });
    stored.now = { ca, ...user("new") };
    server.answerAll((request) => {
      if (request.peerName === "new") request.json({ metadata: web });
      else request.status(401, "Unauthorized");
    });
    await client.create(resources.pods, draft);
    expect(server.connections).toBe(2);
    await expect.poll(() => server.openConnections).toBe(1);
  });
});

test("a watch goes on over many rotations, each of which leaves nothing behind", async () => {
  await using server = await start();
  const ca = oldAuthority.certificate;
  const stored = new Stored({ ca, ...user("user 0") });
  await using client = new KubernetesClient({ connection: stored.connection(server) });
  const pods = client.watch(resources.pods)[Symbol.asyncIterator]();
  const first = pods.next();
  const watch = await server.next();
  watch.event("ADDED", { metadata: web });
  await first;
  let accepted = "user 0";
  server.answerAll((request) => {
    if (request.peerName === accepted) request.json({ metadata: web });
    else request.status(401, "Unauthorized");
  });
  await client.get(resources.pods, web);
  await expect.poll(() => server.openConnections).toBe(2);
  const before = process.getActiveResourcesInfo().length;
  for (let turn = 1; turn <= 10; turn++) {
    accepted = `user ${turn}`;
    stored.now = { ca, ...user(accepted) };
    await client.get(resources.pods, web);
  }
  // The watch on the first connection, and one connection for requests of the last.
  await expect.poll(() => server.openConnections).toBe(2);
  await expect.poll(() => process.getActiveResourcesInfo().length).toBeLessThanOrEqual(before);
  watch.event("MODIFIED", { metadata: web });
  expect((await pods.next()).value).toMatchObject({ type: "MODIFIED" });
  watch.end();
  expect((await pods.next()).done).toBe(true);
  await expect.poll(() => server.openConnections).toBe(1);
});
