import { X509Certificate } from "node:crypto";
import { readdir, stat } from "node:fs/promises";
import { expect, test } from "vitest";
import {
  type Connection,
  issueCertificate,
  type KeyPairPem,
  servingCertificates,
  type ServingCertificatesOptions,
} from "../../src/index.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { SigningServer } from "./signing-server.ts";

const addresses = ["10.0.0.1", "edge-1.example"];
const names = { dnsNames: ["edge-1.example"], ipAddresses: ["10.0.0.1"] };

/** The cluster as the node itself. */
function asNode(server: SigningServer): Connection {
  const { certificate: cert, key } = issueCertificate({
    commonName: "system:node:n",
    organizations: ["system:nodes"],
    usages: ["clientAuth"],
    issuer: server.authority,
  });
  return { server: server.url, credentials: () => ({ ca: server.authority.certificate, cert, key }) };
}

interface Serving extends AsyncDisposable {
  next(): Promise<KeyPairPem>;
}

function serve(server: SigningServer, folder: string, options: Partial<ServingCertificatesOptions> = {}): Serving {
  const ending = new AbortController();
  const { signal } = ending;
  const backoff = { minMs: 20, maxMs: 40 };
  const values = servingCertificates({
    nodeName: "n",
    connection: asNode(server),
    addresses,
    folder,
    backoff,
    signal,
    ...options,
  });
  return {
    async next() {
      const { value } = await values.next();
      return value as KeyPairPem;
    },
    async [Symbol.asyncDispose]() {
      ending.abort();
      await values.return();
    },
  };
}

async function start() {
  const server = await SigningServer.start();
  server.signedNames = names;
  return server;
}

const serialOf = ({ certificate }: KeyPairPem): string => new X509Certificate(certificate).serialNumber;

test("a node gets a serving certificate for its addresses, and the next start uses it", async () => {
  await using server = await start();
  await using folder = await TemporaryFolder.create();
  const path = `${folder.path}/pki`;
  let first: KeyPairPem;
  {
    await using serving = serve(server, path);
    first = await serving.next();
  }
  const certificate = new X509Certificate(first.certificate);
  expect(certificate.subject).toBe("O=system:nodes\nCN=system:node:n");
  expect(certificate.subjectAltName).toBe("DNS:edge-1.example, IP Address:10.0.0.1");
  expect(await readdir(path)).toEqual(["kubelet-server-n.pem"]);
  expect((await stat(`${path}/kubelet-server-n.pem`)).mode & 0o777).toBe(0o600);
  expect([...server.requests.keys()][0]).toMatch(/^node-serving-csr-n-[0-9a-f]{20}$/);
  await using again = serve(server, path);
  expect(await again.next()).toEqual(first);
  expect(server.requesters).toEqual(["system:node:n"]);
});

test("another one is asked for when the node is found elsewhere", async () => {
  await using server = await start();
  await using folder = await TemporaryFolder.create();
  {
    await using serving = serve(server, folder.path);
    await serving.next();
  }
  server.signedNames = { dnsNames: [], ipAddresses: ["10.0.0.2"] };
  await using moved = serve(server, folder.path, { addresses: ["10.0.0.2"] });
  expect(new X509Certificate((await moved.next()).certificate).subjectAltName).toBe("IP Address:10.0.0.2");
  expect(server.requests.size).toBe(2);
});

test("one that is not for the node's addresses is not taken", async () => {
  await using server = await start();
  await using folder = await TemporaryFolder.create();
  server.signedNames = { dnsNames: [], ipAddresses: ["10.0.0.1"] };
  await using serving = serve(server, folder.path);
  const next = serving.next();
  await expect.poll(() => server.requests.size).toBeGreaterThan(1);
  server.signedNames = names;
  expect(new X509Certificate((await next).certificate).checkHost("edge-1.example")).toBeDefined();
});

test("it is renewed in time", async () => {
  await using server = await start();
  await using folder = await TemporaryFolder.create();
  // Past the moment of its renewal as soon as it is there.
  server.notBeforeMs = -10_000;
  server.validForMs = 3_000;
  await using serving = serve(server, folder.path, { renewal: { from: 0.7, to: 0.7 } });
  const first = await serving.next();
  expect(serialOf(await serving.next())).not.toBe(serialOf(first));
  expect(server.requesters).toEqual(["system:node:n", "system:node:n"]);
});

test("it is asked for once, however often the node starts before it is approved", async () => {
  await using server = await start();
  await using folder = await TemporaryFolder.create();
  server.policy = "wait";
  for (const _ of [1, 2]) {
    server.log.length = 0;
    await using serving = serve(server, folder.path);
    void serving.next();
    await expect.poll(() => server.log.at(-1)).toMatch(/^WATCH/);
  }
  expect(server.requests.size).toBe(1);
  await using serving = serve(server, folder.path);
  const next = serving.next();
  server.sign([...server.requests.keys()][0] ?? "");
  expect((await next).certificate).toContain("BEGIN CERTIFICATE");
});
