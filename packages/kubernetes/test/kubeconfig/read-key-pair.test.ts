import { mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  type Connection,
  type Credentials,
  type CredentialsCall,
  issueCertificate,
  KubernetesClient,
  resources,
} from "../../src/index.ts";
import { connectionFromKubeconfig } from "../../src/kubeconfig.ts";
import { FakeApiServer } from "../fake-api-server.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { kubeconfigText } from "./kubeconfig-text.ts";

const ca = issueCertificate({ commonName: "ca", certificateAuthority: true });
const [first, second] = [pairOf("first"), pairOf("second")];
const call = { refresh: false, signal: new AbortController().signal };
const again = { ...call, refresh: true };

function pairOf(commonName: string): { readonly cert: string; readonly key: string } {
  const { certificate, key } = issueCertificate({ commonName, issuer: ca });
  return { cert: certificate, key };
}

async function connect(user: object, cluster: object = {}): Promise<Connection> {
  return connectionFromKubeconfig({ text: kubeconfigText({ user, cluster }) });
}

async function pairIn(connection: Connection, how: CredentialsCall): Promise<Pick<Credentials, "cert" | "key">> {
  const { cert, key } = await connection.credentials(how);
  return { cert: cert ?? "", key: key ?? "" };
}

describe("a certificate and its key in two files", () => {
  async function twoFiles(folder: TemporaryFolder): Promise<Connection> {
    return connect({
      "client-certificate": await folder.write("tls.crt", first.cert),
      "client-key": await folder.write("tls.key", first.key),
    });
  }

  test.each<[string, (folder: TemporaryFolder) => Promise<string>]>([
    ["the certificate is new and the key is not yet", (folder) => folder.write("tls.crt", second.cert)],
    ["the key is new and the certificate is not yet", (folder) => folder.write("tls.key", second.key)],
    ["the certificate is empty", (folder) => folder.write("tls.crt", "")],
    ["the certificate is half written", (folder) => folder.write("tls.crt", second.cert.slice(0, 200))],
    ["the key is half written", (folder) => folder.write("tls.key", second.key.slice(0, 100))],
  ])("stay the old pair while %s, and are the new one with the next look", async (_, begin) => {
    await using folder = await TemporaryFolder.create();
    const connection = await twoFiles(folder);
    await begin(folder);
    expect(await pairIn(connection, again)).toEqual(first);
    await folder.write("tls.crt", second.cert);
    await folder.write("tls.key", second.key);
    // No refusal is needed, nor a minute: what was kept is known to be old.
    expect(await pairIn(connection, call)).toEqual(second);
  });

  test("stay the old pair while one of them is missing", async () => {
    await using folder = await TemporaryFolder.create();
    const connection = await twoFiles(folder);
    await rm(join(folder.path, "tls.key"));
    expect(await pairIn(connection, again)).toEqual(first);
  });

  test("are never a mixed pair, however often they change under those who read them", async () => {
    await using folder = await TemporaryFolder.create();
    const connection = await twoFiles(folder);
    for (let turn = 0; turn < 50; turn++) {
      const { cert, key } = turn % 2 === 0 ? second : first;
      const writing = folder.write("tls.crt", cert).then(() => folder.write("tls.key", key));
      const seen = await Promise.all([pairIn(connection, again), pairIn(connection, again)]);
      for (const pair of seen) expect([first, second]).toContainEqual(pair);
      await writing;
    }
    expect(await pairIn(connection, again)).toEqual(first);
  });

  test("change together when a folder's ..data changes, as the kubelet mounts a Secret", async () => {
    await using folder = await TemporaryFolder.create();
    const publish = async (version: string, pair: typeof first): Promise<void> => {
      await mkdir(join(folder.path, version));
      await writeFile(join(folder.path, version, "tls.crt"), pair.cert);
      await writeFile(join(folder.path, version, "tls.key"), pair.key);
      await symlink(version, join(folder.path, "..data_tmp"));
      await rename(join(folder.path, "..data_tmp"), join(folder.path, "..data"));
    };
    await publish("..1", first);
    for (const name of ["tls.crt", "tls.key"]) await symlink(join("..data", name), join(folder.path, name));
    const connection = await connect({
      "client-certificate": join(folder.path, "tls.crt"),
      "client-key": join(folder.path, "tls.key"),
    });
    expect(await pairIn(connection, call)).toEqual(first);
    await publish("..2", second);
    await rm(join(folder.path, "..1"), { recursive: true });
    expect(await pairIn(connection, call)).toEqual(first);
    expect(await pairIn(connection, again)).toEqual(second);
  });
});

test("a kubelet's one file of certificate and key is shown to the server, before and after it was replaced", async () => {
  const { certificate, key } = issueCertificate({ commonName: "server", ipAddresses: ["127.0.0.1"], issuer: ca });
  const tls = { cert: certificate, key, ca: ca.certificate, requestCert: true, rejectUnauthorized: false };
  await using server = await FakeApiServer.start(tls);
  await using folder = await TemporaryFolder.create();
  const current = join(folder.path, "kubelet-client-current.pem");
  const rotate = async (pair: typeof first): Promise<void> => {
    const path = await folder.write(`kubelet-client-${pair === first ? 1 : 2}.pem`, pair.cert + pair.key);
    await symlink(path, `${current}.tmp`);
    await rename(`${current}.tmp`, current);
  };
  await rotate(first);
  await using client = new KubernetesClient({
    connection: await connect(
      { "client-certificate": current, "client-key": current },
      { server: server.url, "certificate-authority": await folder.write("ca.crt", ca.certificate) },
    ),
  });
  let accepted = "first";
  const seen: string[] = [];
  server.answerAll((request) => {
    seen.push(request.peerName);
    if (request.peerName === accepted) request.json({});
    else request.status(401, "Unauthorized");
  });
  await client.list(resources.nodes);
  accepted = "second";
  await rotate(second);
  await client.list(resources.nodes);
  expect(seen).toEqual(["first", "first", "second"]);
});
