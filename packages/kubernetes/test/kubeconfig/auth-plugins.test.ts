import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { type Connection, issueCertificate, type KeyPairPem, KubernetesClient, resources } from "../../src/index.ts";
import { connectionFromKubeconfig } from "../../src/kubeconfig.ts";
import { FakeApiServer } from "../fake-api-server.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { kubeconfigText } from "./kubeconfig-text.ts";

const call = { refresh: false, signal: new AbortController().signal } as const;
const ca = issueCertificate({ commonName: "ca", certificateAuthority: true });
const [first, second] = [pairOf("first"), pairOf("second")];
const web = { namespace: "default", name: "web" };

function pairOf(commonName: string): KeyPairPem {
  return issueCertificate({ commonName, issuer: ca });
}

/** A plugin that says what a file says, and notes each run with what it was told. */
class Plugin {
  readonly exec: object;
  readonly #folder: TemporaryFolder;

  private constructor(folder: TemporaryFolder, exec: object) {
    this.#folder = folder;
    this.exec = exec;
  }

  static async in(folder: TemporaryFolder, status: object): Promise<Plugin> {
    const [runs, says] = [await folder.write("runs", ""), await folder.write("says", "")];
    const body = `const fs = require("fs");
      fs.appendFileSync(${JSON.stringify(runs)}, process.env.KUBERNETES_EXEC_INFO + "\\n");
      process.stdout.write(fs.readFileSync(${JSON.stringify(says)}));`;
    const plugin = new Plugin(folder, {
      apiVersion: "client.authentication.k8s.io/v1",
      command: process.execPath,
      args: ["-e", body],
      env: [{ name: "NODE_OPTIONS", value: "" }],
      provideClusterInfo: true,
    });
    await plugin.say(status);
    return plugin;
  }

  async say(status: object): Promise<void> {
    await this.#folder.write("says", JSON.stringify({ kind: "ExecCredential", status }));
  }

  /** What it was told, run by run. */
  async runs(): Promise<{ readonly spec: { readonly cluster: Readonly<Record<string, unknown>> } }[]> {
    const text = await readFile(`${this.#folder.path}/runs`, "utf8");
    return text
      .trim()
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  }

  connect(cluster: object = {}): Promise<Connection> {
    return connectionFromKubeconfig({ text: kubeconfigText({ cluster, user: { exec: this.exec } }) });
  }
}

function certificateOf(pair: KeyPairPem): object {
  return { clientCertificateData: pair.certificate, clientKeyData: pair.key };
}

test("the requests that were sent with a token that is refused have the plugin run once more, all together", async () => {
  await using server = await FakeApiServer.start();
  await using folder = await TemporaryFolder.create();
  const plugin = await Plugin.in(folder, { token: "old", expirationTimestamp: "2999-01-01T00:00:00Z" });
  await using client = new KubernetesClient({ connection: await plugin.connect({ server: server.url }) });
  const got = [1, 2, 3].map(() => client.get(resources.pods, web));
  const refused = [await server.next(), await server.next(), await server.next()];
  await plugin.say({ token: "new" });
  for (const request of refused) {
    request.status(401, "Unauthorized");
    const again = await server.next();
    expect(again.headers.authorization).toBe("Bearer new");
    again.json({ metadata: web });
  }
  await Promise.all(got);
  expect(await plugin.runs()).toHaveLength(2);
});

test("what has expired is not used again, be it a token or a certificate", async () => {
  await using folder = await TemporaryFolder.create();
  const plugin = await Plugin.in(folder, { ...certificateOf(first), expirationTimestamp: "2020-01-01T00:00:00Z" });
  const connection = await plugin.connect();
  expect(await connection.credentials(call)).toEqual({ cert: first.certificate, key: first.key });
  await plugin.say({ token: "t", expirationTimestamp: "2020-01-01T00:00:00Z" });
  expect(await connection.credentials(call)).toEqual({ token: "t" });
  await plugin.say({ ...certificateOf(second), expirationTimestamp: "2999-01-01T00:00:00Z" });
  for (let count = 0; count < 2; count++) {
    expect(await connection.credentials(call)).toEqual({ cert: second.certificate, key: second.key });
  }
  expect(await plugin.runs()).toHaveLength(3);
});

test("a certificate that the server refuses is followed by the plugin's next, on a new connection", async () => {
  const { certificate, key } = issueCertificate({ commonName: "server", ipAddresses: ["127.0.0.1"], issuer: ca });
  const tls = { cert: certificate, key, ca: ca.certificate, requestCert: true, rejectUnauthorized: false };
  await using server = await FakeApiServer.start(tls);
  await using folder = await TemporaryFolder.create();
  const plugin = await Plugin.in(folder, certificateOf(first));
  const authority = await folder.write("ca.crt", ca.certificate);
  const connection = await plugin.connect({ server: server.url, "certificate-authority": authority });
  await using client = new KubernetesClient({ connection });
  let accepted = "first";
  server.answerAll((request) => {
    if (request.peerName === accepted) request.json({ metadata: web });
    else request.status(401, "Unauthorized");
  });
  await client.get(resources.pods, web);
  accepted = "second";
  await plugin.say(certificateOf(second));
  await client.create(resources.pods, { metadata: web, spec: { containers: [] } });
  expect(server.connections).toBe(2);
  expect(await plugin.runs()).toHaveLength(2);
});

describe("a plugin that asks for the cluster", () => {
  test("is told all that the kubeconfig has about it", async () => {
    await using folder = await TemporaryFolder.create();
    const plugin = await Plugin.in(folder, { token: "t" });
    const connection = await plugin.connect({
      "tls-server-name": "k8s",
      "proxy-url": "http://proxy:3128",
      extensions: [
        { name: "other", extension: 1 },
        { name: "client.authentication.k8s.io/exec", extension: { audience: "prod" } },
      ],
    });
    await connection.credentials(call);
    expect(await plugin.runs()).toEqual([
      {
        apiVersion: "client.authentication.k8s.io/v1",
        kind: "ExecCredential",
        spec: {
          interactive: false,
          cluster: {
            server: "https://10.0.0.1:6443",
            "tls-server-name": "k8s",
            "proxy-url": "http://proxy:3128",
            config: { audience: "prod" },
          },
        },
      },
    ]);
  });

  test("is told the authority as it is when it runs, and does not run because of another authority", async () => {
    await using folder = await TemporaryFolder.create();
    const plugin = await Plugin.in(folder, { token: "t" });
    const authority = await folder.write("ca.crt", ca.certificate);
    const connection = await plugin.connect({ "certificate-authority": authority });
    await connection.credentials(call);
    const next = issueCertificate({ commonName: "next", certificateAuthority: true }).certificate;
    await folder.write("ca.crt", next);
    expect(await connection.credentials({ ...call, refresh: "ca" })).toEqual({ ca: next, token: "t" });
    expect(await plugin.runs()).toHaveLength(1);
    await connection.credentials({ ...call, refresh: true });
    const told = (await plugin.runs()).map((run) => run.spec.cluster["certificate-authority-data"]);
    expect(told).toEqual([ca.certificate, next].map((text) => Buffer.from(text).toString("base64")));
  });
});

test.each<[string, object, string]>([
  [
    "a key of another certificate",
    { clientCertificateData: first.certificate, clientKeyData: second.key },
    "its key does not belong to its certificate",
  ],
  ["half a pair", { token: "t", clientKeyData: first.key }, "a key without its certificate"],
  ["no PEM", { clientCertificateData: "x", clientKeyData: "y" }, "failed: "],
])("a plugin that gives %s is said, and asked again", async (_, status, message) => {
  await using folder = await TemporaryFolder.create();
  const plugin = await Plugin.in(folder, status);
  const connection = await plugin.connect();
  await expect(connection.credentials(call)).rejects.toMatchObject({
    reason: "InvalidCredentials",
    message: expect.stringContaining(message),
  });
  await plugin.say({ token: "t" });
  expect(await connection.credentials(call)).toEqual({ token: "t" });
});

test("a plugin that has ended is not waited for because of what it left running", async () => {
  const status = JSON.stringify({ kind: "ExecCredential", status: { token: "said" } });
  const exec = {
    apiVersion: "client.authentication.k8s.io/v1",
    command: "sh",
    args: ["-c", `sleep 16 & printf '%s' '${status}'`],
  };
  const connection = await connectionFromKubeconfig({ text: kubeconfigText({ user: { exec } }) });
  const signal = AbortSignal.timeout(15_000);
  const answer = await Promise.race([
    connection.credentials({ refresh: false, signal }),
    new Promise((resolve) => signal.addEventListener("abort", resolve)),
  ]);
  expect(answer).toMatchObject({ token: "said" });
});
