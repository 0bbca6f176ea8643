import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { issueCertificate } from "@virtual-kubelet/kubernetes";
import { describe, expect, test } from "vitest";
import { NomadClient } from "../src/client.ts";
import { requests } from "../src/client/requests.ts";
import { FakeNomad } from "./fake-nomad.ts";
import { call, until } from "./nomad-node.ts";

describe("the client", () => {
  test("says the token, the namespace and the region with every request", async () => {
    await using fake = await FakeNomad.start();
    await using client = new NomadClient({ address: fake.address, token: "t0k3n", namespace: "team", region: "eu" });
    await client.json(requests.jobs("vk-"), call);
    await client.json(requests.leader(), call);
    expect([...fake.tokens]).toEqual(["t0k3n"]);
    expect(fake.seen.every((line) => line.includes("namespace=team&region=eu"))).toBe(true);
  });

  test("says that nobody answers, and where, when the server is away", async () => {
    const fake = await FakeNomad.start();
    await using client = new NomadClient({ address: fake.address, namespace: "default" });
    await fake[Symbol.asyncDispose]();
    await expect(client.json(requests.leader(), call)).rejects.toMatchObject({
      code: "Unavailable",
      message: expect.stringContaining(`cannot reach Nomad at ${fake.address}`),
    });
  });

  test("asks again for what was read in part, and fails in the end", async () => {
    await using fake = await FakeNomad.start();
    await using client = new NomadClient({ address: fake.address, namespace: "default" });
    const fault = fake.faults.partialList();
    await expect(client.json(requests.jobs("vk-"), call)).rejects.toMatchObject({ code: "Unavailable" });
    await fault.end();
    expect(fake.seen.filter((line) => line.startsWith("GET /v1/jobs")).length).toBeGreaterThan(1);
  });

  test("passes on for how long Nomad wants to be left alone", async () => {
    await using fake = await FakeNomad.start();
    await using client = new NomadClient({ address: fake.address, namespace: "default" });
    fake.faults.throttle({ retryAfterMs: 20_000 });
    const throttled = { code: "Throttled", retryAfterMs: 20_000 };
    await expect(client.json(requests.leader(), call)).rejects.toMatchObject(throttled);
    expect(fake.seen).toHaveLength(1);
  });

  test("trusts the CA that it is given, and shows its certificate", async () => {
    const authority = issueCertificate({ commonName: "ca", certificateAuthority: true });
    const issued = { issuer: authority, dnsNames: ["server.eu.nomad"], usages: ["serverAuth", "clientAuth"] } as const;
    const { certificate: cert, key } = issueCertificate({ commonName: "nomad", ...issued });
    const folder = mkdtempSync(join(tmpdir(), "vk-nomad-tls-"));
    const file = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const seen: unknown[] = [];
    const options = { cert, key, ca: authority.certificate, requestCert: true, rejectUnauthorized: true };
    const server = createServer(options, (request, response) => {
      seen.push((request.socket as TLSSocket).getPeerCertificate().subject.CN);
      response.end('"leader"');
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const address = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const tls = {
      caCert: file("ca.pem", authority.certificate),
      clientCert: file("client.pem", cert),
      clientKey: file("client.key", key),
    };
    await using client = new NomadClient({ ...tls, address, namespace: "default", tlsServerName: "server.eu.nomad" });
    await using unnamed = new NomadClient({ ...tls, address, namespace: "default" });
    await using trustless = new NomadClient({ address, namespace: "default", tlsServerName: "server.eu.nomad" });
    try {
      expect(await client.json(requests.leader(), call)).toBe("leader");
      expect(seen).toEqual(["nomad"]);
      await expect(unnamed.json(requests.leader(), call)).rejects.toThrow(/set tlsServerName/);
      await expect(trustless.json(requests.leader(), call)).rejects.toThrow(/set caCert/);
    } finally {
      server.closeAllConnections();
      server.close();
      rmSync(folder, { recursive: true });
    }
  });

  test("gives up when its caller does", async () => {
    await using fake = await FakeNomad.start();
    await using client = new NomadClient({ address: fake.address, namespace: "default" });
    await client.json(requests.leader(), call);
    const fault = fake.faults.hang();
    await expect(client.json(requests.leader(), { signal: AbortSignal.timeout(50) })).rejects.toThrow(/timeout/);
    await fault.end();
  });

  test("says that an answer is none of Nomad's", async () => {
    const server = createHttpServer((_, response) => {
      response.writeHead(200, { "x-nomad-index": "5" }).end('{"Items":{"password":"s3cret');
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await using client = new NomadClient({ address, namespace: "default" });
    try {
      const garbage = { code: "Unavailable", message: expect.stringContaining("is not JSON") };
      await expect(client.json(requests.variable("a"), call)).rejects.toMatchObject(garbage);
      const blocking = { ...call, index: 1, waitMs: 10 };
      await expect(client.blocking(requests.jobs("vk-"), blocking)).rejects.toMatchObject(garbage);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  test("ends in time what waits for a connection, and keeps some from the logs that are followed", async () => {
    const server = createHttpServer(({ url }, response) => {
      response.writeHead(200, { "x-nomad-index": "5" });
      if (url?.startsWith("/v1/evaluation/")) response.end('{"Status":"complete"}');
      else response.write("{}");
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await using client = new NomadClient({ address, namespace: "default" });
    const logs = requests.logs("a", { task: "app", type: "stdout", follow: true });
    try {
      await Promise.all(Array.from({ length: 60 }, () => client.stream(logs, { ...call, silenceMs: 60_000 })));
      const one = client.stream(logs, { signal: AbortSignal.timeout(50), silenceMs: 60_000 });
      await expect(one).rejects.toThrow(/timeout/);
      const asked = { ...call, index: 1, waitMs: 1_000 };
      const { value } = await client.blocking(requests.evaluation("e"), asked);
      expect(value).toEqual({ Status: "complete" });
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  test("does not ask on and on where something on the way keeps Nomad's index to itself", async () => {
    const server = createHttpServer((_, response) => void response.end("[]"));
    await once(server.listen(0, "127.0.0.1"), "listening");
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await using client = new NomadClient({ address, namespace: "default" });
    try {
      await expect(client.blocking(requests.nodes(), { ...call, index: 1, waitMs: 10 })).rejects.toMatchObject({
        code: "Unavailable",
        message: expect.stringContaining("X-Nomad-Index"),
      });
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  test("lets go of a stream that nobody has begun to read", async () => {
    await using fake = await FakeNomad.start();
    await using client = new NomadClient({ address: fake.address, namespace: "default" });
    const stream = await client.stream(requests.events(), { ...call, silenceMs: 60_000 });
    expect(fake.state.changes.listenerCount("batch")).toBe(1);
    await stream.return();
    await until(() => fake.state.changes.listenerCount("batch") === 0, "the end of the stream");
  });

  test("names the file that cannot be read", async () => {
    await using client = new NomadClient({
      address: "https://127.0.0.1:1",
      namespace: "default",
      caCert: "/no/such.pem",
    });
    await expect(client.json(requests.leader(), call)).rejects.toThrow(/option caCert names a file .*\/no\/such\.pem/);
  });
});
