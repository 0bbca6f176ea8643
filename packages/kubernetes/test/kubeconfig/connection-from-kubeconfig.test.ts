import { delimiter, join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type Credentials, issueCertificate, KubernetesClient, resources } from "../../src/index.ts";
import { connectionFromKubeconfig } from "../../src/kubeconfig.ts";
import { FakeApiServer } from "../fake-api-server.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { kubeconfigText } from "./kubeconfig-text.ts";

const call = { refresh: false, signal: new AbortController().signal };
const ca = issueCertificate({ commonName: "ca", certificateAuthority: true });
const user = issueCertificate({ commonName: "me", issuer: ca });
const base64 = (text: string): string => Buffer.from(text).toString("base64");

afterEach(() => {
  vi.unstubAllEnvs();
});

async function credentials(text: string): Promise<Credentials> {
  return (await connectionFromKubeconfig({ text })).credentials(call);
}

describe("what a kubeconfig says", () => {
  test("server, namespace and proxy are the context's", async () => {
    const text = kubeconfigText({ cluster: { "proxy-url": "http://proxy:3128" }, context: { namespace: "team" } });
    expect(await connectionFromKubeconfig({ text })).toMatchObject({
      server: "https://10.0.0.1:6443",
      namespace: "team",
      proxyUrl: "http://proxy:3128",
    });
  });

  test.each<[string, object, object, Credentials]>([
    ["a token", {}, { token: "t" }, { token: "t" }],
    ["a name and password", {}, { username: "a", password: "b" }, { headers: { authorization: "Basic YTpi" } }],
    [
      "impersonation",
      {},
      { as: "x", "as-groups": ["g", "h"] },
      { headers: { "impersonate-user": "x", "impersonate-group": ["g", "h"] } },
    ],
    [
      "impersonation of a UID with extra attributes",
      {},
      { as: "x", "as-uid": "1", "as-user-extra": { "example.com/scopes (%)": ["a", "b"] } },
      {
        headers: {
          "impersonate-user": "x",
          "impersonate-uid": "1",
          "impersonate-extra-example.com%2Fscopes%20%28%25%29": ["a", "b"],
        },
      },
    ],
    ["no verification", { "insecure-skip-tls-verify": true }, {}, { insecureSkipTlsVerify: true }],
    ["another server name", { "tls-server-name": "k8s" }, {}, { serverName: "k8s" }],
    [
      "embedded certificates",
      { "certificate-authority-data": base64(ca.certificate) },
      { "client-certificate-data": base64(user.certificate), "client-key-data": base64(user.key) },
      { ca: ca.certificate, cert: user.certificate, key: user.key },
    ],
  ])("%s becomes credentials", async (_, cluster, who, expected) => {
    expect(await credentials(kubeconfigText({ cluster, user: who }))).toEqual(expected);
  });

  test("files are looked for beside the kubeconfig, and read again when the server refuses", async () => {
    await using folder = await TemporaryFolder.create();
    const text = kubeconfigText({
      cluster: { "certificate-authority": "ca.pem" },
      user: { "client-certificate": "me.pem", "client-key": join(folder.path, "me.key"), tokenFile: "token" },
    });
    const path = await folder.write("config", text);
    await Promise.all([
      folder.write("ca.pem", ca.certificate),
      folder.write("me.pem", user.certificate),
      folder.write("me.key", user.key),
    ]);
    await folder.write("token", "one\n");
    const connection = await connectionFromKubeconfig({ path });
    const pems = { ca: ca.certificate, cert: user.certificate, key: user.key };
    expect(await connection.credentials(call)).toEqual({ ...pems, token: "one" });
    await folder.write("token", "two\n");
    expect(await connection.credentials({ ...call, refresh: true })).toEqual({ ...pems, token: "two" });
  });

  test("of several files the first to say something wins, and some may be missing", async () => {
    await using folder = await TemporaryFolder.create();
    const first = await folder.write("first", JSON.stringify({ users: [{ name: "u", user: { token: "first" } }] }));
    const second = await folder.write("second", kubeconfigText({ user: { token: "second" } }));
    vi.stubEnv("KUBECONFIG", [join(folder.path, "missing"), first, second].join(delimiter));
    const connection = await connectionFromKubeconfig();
    expect(connection.server).toBe("https://10.0.0.1:6443");
    expect(await connection.credentials(call)).toEqual({ token: "first" });
  });

  test.each(["before", "after"])("a separator with nothing %s it is no part of the path", async (side) => {
    await using folder = await TemporaryFolder.create();
    const path = await folder.write("config", kubeconfigText({ user: { token: "t" } }));
    vi.stubEnv("KUBECONFIG", side === "before" ? `${delimiter}${path}` : `${path}${delimiter}`);
    expect(await (await connectionFromKubeconfig()).credentials(call)).toEqual({ token: "t" });
  });

  test("it leads to a server over TLS with a client certificate", async () => {
    const serving = issueCertificate({ commonName: "server", ipAddresses: ["127.0.0.1"], issuer: ca });
    await using server = await FakeApiServer.start({
      cert: serving.certificate,
      key: serving.key,
      ca: ca.certificate,
      requestCert: true,
    });
    const cluster = { server: server.url, "certificate-authority-data": base64(ca.certificate) };
    const who = { "client-certificate-data": base64(user.certificate), "client-key-data": base64(user.key) };
    await using client = new KubernetesClient({
      connection: await connectionFromKubeconfig({ text: kubeconfigText({ cluster, user: who }) }),
    });
    const got = client.list(resources.nodes);
    const request = await server.next();
    expect(request.peerName).toBe("me");
    request.list([], { resourceVersion: "1" });
    expect((await got).items).toEqual([]);
  });
});

describe("credential plugins", () => {
  const script = (body: string): object => ({
    apiVersion: "client.authentication.k8s.io/v1",
    command: process.execPath,
    args: ["-e", body],
    env: [{ name: "NODE_OPTIONS", value: "" }],
  });
  const credential = (status: string): string =>
    `console.log(JSON.stringify({ kind: "ExecCredential", status: ${status} }))`;

  test("a plugin runs once for many requests, is told about the cluster, and runs again when the server refuses", async () => {
    await using folder = await TemporaryFolder.create();
    const runs = await folder.write("runs", "");
    const body = `require("fs").appendFileSync(${JSON.stringify(runs)}, "x"); const info = JSON.parse(process.env.KUBERNETES_EXEC_INFO);
      ${credential(`{ token: info.spec.cluster.server + require("fs").readFileSync(${JSON.stringify(runs)}).length }`)}`;
    const exec = { ...script(body), provideClusterInfo: true };
    const connection = await connectionFromKubeconfig({ text: kubeconfigText({ user: { exec } }) });
    const [first, second] = await Promise.all([connection.credentials(call), connection.credentials(call)]);
    const third = await connection.credentials(call);
    for (const { token } of [first, second, third]) expect(token).toBe("https://10.0.0.1:64431");
    expect(await connection.credentials({ ...call, refresh: true })).toEqual({ token: "https://10.0.0.1:64432" });
  });

  test.each<[string, object, string]>([
    [
      "that is missing",
      { command: "no-such-plugin", installHint: "Install it from example.com." },
      "ENOENT; Install it from example.com.",
    ],
    ["that fails", script('console.error("log in first"); process.exit(1)'), "failed: log in first"],
    ["that prints nonsense", script("console.log(1)"), "failed: "],
  ])("a plugin %s is said", async (_, exec, message) => {
    const failing = credentials(kubeconfigText({ user: { exec } }));
    await expect(failing).rejects.toMatchObject({
      reason: "InvalidCredentials",
      message: expect.stringContaining(message),
    });
  });

  test("a plugin is told the CA that stands in a file of its own", async () => {
    await using folder = await TemporaryFolder.create();
    const cluster = { "certificate-authority": await folder.write("ca.pem", ca.certificate) };
    const body = `const { cluster } = JSON.parse(process.env.KUBERNETES_EXEC_INFO).spec;
      ${credential('{ token: cluster["certificate-authority-data"] }')}`;
    const exec = { ...script(body), provideClusterInfo: true };
    const { token } = await credentials(kubeconfigText({ cluster, user: { exec } }));
    expect(Buffer.from(token ?? "", "base64").toString()).toBe(ca.certificate);
  });

  test("a plugin that reads its input finds the end of it", async () => {
    const body = `process.stdin.on("end", () => ${credential('{ token: "t" }')}).resume()`;
    expect(await credentials(kubeconfigText({ user: { exec: script(body) } }))).toEqual({ token: "t" });
  });

  test.each(["1", "{}", '{ kind: "ExecCredential", status: {} }'])(
    "a plugin that printed %s once is not held to it",
    async (nonsense) => {
      await using folder = await TemporaryFolder.create();
      const flag = JSON.stringify(join(folder.path, "flag"));
      const body = `if (require("fs").existsSync(${flag})) ${credential('{ token: "t" }')}
        else { require("fs").writeFileSync(${flag}, ""); console.log(JSON.stringify(${nonsense})) }`;
      const connection = await connectionFromKubeconfig({ text: kubeconfigText({ user: { exec: script(body) } }) });
      await expect(connection.credentials(call)).rejects.toMatchObject({ reason: "InvalidCredentials" });
      expect(await connection.credentials(call)).toEqual({ token: "t" });
    },
  );

  test("an OpenID Connect token is used as long as it is valid", async () => {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const token = `${part({})}.${part({ exp: Math.floor(Date.now() / 1000) + 3600 })}.x`;
    const who = { "auth-provider": { name: "oidc", config: { "id-token": token } } };
    expect(await credentials(kubeconfigText({ user: who }))).toEqual({ token });
  });

  test("an OpenID Connect token that has expired and cannot be renewed is said", async () => {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const token = `${part({})}.${part({ exp: 1 })}.x`;
    const who = { "auth-provider": { name: "oidc", config: { "id-token": token } } };
    await expect(credentials(kubeconfigText({ user: who }))).rejects.toMatchObject({
      reason: "InvalidCredentials",
      message: expect.stringMatching(/neither a token nor a certificate .*such as kubelogin/),
    });
  });
});

describe("mistakes", () => {
  test.each<[string, string, string]>([
    ["no YAML", "a: [", "the given kubeconfig is not valid YAML"],
    ["no kubeconfig", "- 1", "is no kubeconfig: expected"],
    ["an empty file", "", "is no kubeconfig: expected"],
    ["no current context", kubeconfigText({ current: "" }), "has no current context: name one, or run"],
    ["an unknown context", kubeconfigText({ current: "there" }), 'has no context "there" (it has here)'],
    [
      "an unknown cluster",
      kubeconfigText({ context: { cluster: "x" } }),
      'names the cluster "x", which has no entry with a server (it has c)',
    ],
    [
      "an unknown user",
      kubeconfigText({ context: { user: "x" } }),
      'names the user "x", which is not there (it has u)',
    ],
    [
      "a server that is no URL",
      kubeconfigText({ cluster: { server: "10.0.0.1" } }),
      'has "10.0.0.1" as the server of "c": expected a URL',
    ],
    [
      "a server without a scheme",
      kubeconfigText({ cluster: { server: "localhost:8080" } }),
      'has "localhost:8080" as the server of "c": expected a URL',
    ],
    [
      "a bad CA",
      kubeconfigText({ cluster: { "certificate-authority-data": "bm9wZQ==" } }),
      "the CA certificate in the given kubeconfig is no valid PEM certificate",
    ],
    [
      "a missing CA file",
      kubeconfigText({ cluster: { "certificate-authority": "/missing/ca.pem" } }),
      "cannot read the CA certificate /missing/ca.pem, which",
    ],
    [
      "half a key pair",
      kubeconfigText({ user: { "client-key-data": base64(user.key) } }),
      "a key without its certificate",
    ],
    [
      "a key of another certificate",
      kubeconfigText({
        user: { "client-certificate-data": base64(user.certificate), "client-key-data": base64(ca.key) },
      }),
      "does not belong to its client certificate",
    ],
    [
      "an auth provider of old",
      kubeconfigText({ user: { "auth-provider": { name: "gcp" } } }),
      "Kubernetes removed it in 1.26",
    ],
  ])("%s is said in one sentence", async (_, text, message) => {
    const failing = connectionFromKubeconfig({ text });
    await expect(failing).rejects.toMatchObject({
      reason: "InvalidKubeconfig",
      message: expect.stringContaining(message),
    });
    await expect(failing).rejects.not.toThrow("\n");
  });

  test("an expired client certificate is said", async () => {
    const old = issueCertificate({ commonName: "me", notBefore: new Date("2020-01-01"), validForMs: 1000, issuer: ca });
    const who = { "client-certificate-data": base64(old.certificate), "client-key-data": base64(old.key) };
    await expect(connectionFromKubeconfig({ text: kubeconfigText({ user: who }) })).rejects.toThrow(
      "expired on Jan  1 00:00:01 2020 GMT: get a new",
    );
  });

  test("a missing file, a folder and a broken file are named", async () => {
    await using folder = await TemporaryFolder.create();
    const path = join(folder.path, "missing");
    await expect(connectionFromKubeconfig({ path })).rejects.toThrow(
      `there is no kubeconfig ${path}: give the path of one`,
    );
    await expect(connectionFromKubeconfig({ path: folder.path })).rejects.toThrow(
      `cannot read the kubeconfig ${folder.path}: EISDIR`,
    );
    const broken = await folder.write("broken", "a: b: c");
    await expect(connectionFromKubeconfig({ path: broken })).rejects.toThrow(
      `the kubeconfig ${broken} is not valid YAML: `,
    );
  });
});
