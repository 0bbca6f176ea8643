import { mkdir, readlink, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  inClusterConnection,
  issueCertificate,
  type KeyPairPem,
  KubernetesClient,
  resources,
} from "../../src/index.ts";
import { FakeApiServer } from "../fake-api-server.ts";
import { TemporaryFolder } from "../temporary-folder.ts";

const call = { refresh: false, signal: new AbortController().signal };
const [authority, nextAuthority] = [1, 2].map(() =>
  issueCertificate({ commonName: "kubernetes", certificateAuthority: true }),
) as [KeyPairPem, KeyPairPem];
const environment = { KUBERNETES_SERVICE_HOST: "10.96.0.1", KUBERNETES_SERVICE_PORT: "443" };

/** The folder of a service account, whose files change as the kubelet changes them: all at once. */
async function publish(folder: TemporaryFolder, files: Readonly<Record<string, string>>): Promise<void> {
  const version = `..${performance.now()}`;
  await mkdir(join(folder.path, version));
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder.path, version, name), text);
    await symlink(join("..data", name), join(folder.path, name)).catch(() => {});
  }
  const before = await readlink(join(folder.path, "..data")).catch(() => undefined);
  await symlink(version, join(folder.path, "..data_tmp"));
  await rename(join(folder.path, "..data_tmp"), join(folder.path, "..data"));
  if (before !== undefined) await rm(join(folder.path, before), { recursive: true });
}

describe("in a pod", () => {
  test.each([
    ["10.96.0.1", "https://10.96.0.1:443"],
    ["fd00::1", "https://[fd00::1]:443"],
    ["kubernetes.default.svc", "https://kubernetes.default.svc:443"],
  ])("the server at %s is %s", async (host, server) => {
    await using folder = await TemporaryFolder.create();
    await Promise.all([
      folder.write("token", "one\n"),
      folder.write("ca.crt", authority.certificate),
      folder.write("namespace", "virtual\n"),
    ]);
    const at = { ...environment, KUBERNETES_SERVICE_HOST: host };
    const connection = await inClusterConnection({ folder: folder.path, environment: at });
    expect(connection).toMatchObject({ server, namespace: "virtual" });
    expect(await connection.credentials(call)).toEqual({ token: "one", ca: authority.certificate });
    await folder.write("token", "two");
    expect(await connection.credentials(call)).toMatchObject({ token: "one" });
    expect(await connection.credentials({ ...call, refresh: true })).toMatchObject({ token: "two" });
  });

  test("an authority that is just being written is not believed", async () => {
    await using folder = await TemporaryFolder.create();
    await publish(folder, { token: "one", "ca.crt": authority.certificate });
    const connection = await inClusterConnection({ folder: folder.path, environment });
    const bundle = authority.certificate + nextAuthority.certificate;
    for (const part of ["", bundle.slice(0, 100), bundle.slice(0, -100), "<html>"]) {
      await publish(folder, { token: "two", "ca.crt": part });
      const seen = await connection.credentials({ ...call, refresh: true });
      expect(seen).toEqual({ token: "two", ca: authority.certificate });
    }
    await publish(folder, { token: "two", "ca.crt": bundle });
    expect(await connection.credentials(call)).toEqual({ token: "two", ca: bundle });
  });

  test("token and authority change under a client, together and apart, and no request fails", async () => {
    const servingBy = (issuer: KeyPairPem): { cert: string; key: string } => {
      const { certificate, key } = issueCertificate({ commonName: "api", ipAddresses: ["127.0.0.1"], issuer });
      return { cert: certificate, key };
    };
    await using server = await FakeApiServer.start(servingBy(authority));
    await using folder = await TemporaryFolder.create();
    await publish(folder, { token: "one", "ca.crt": authority.certificate });
    const { hostname, port } = new URL(server.url);
    const here = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
    const connection = await inClusterConnection({ folder: folder.path, environment: here });
    await using client = new KubernetesClient({ connection });
    let accepted = "one";
    server.answerAll((request) => {
      if (request.headers.authorization === `Bearer ${accepted}`) request.json({ metadata: { name: "n" } });
      else request.status(401, "Unauthorized");
    });
    const get = async (): Promise<unknown> => client.get(resources.nodes, { name: "n" });
    await get();
    accepted = "two";
    await publish(folder, { token: "two", "ca.crt": authority.certificate });
    await get();
    const bundle = authority.certificate + nextAuthority.certificate;
    await publish(folder, { token: "two", "ca.crt": bundle });
    server.presentAs(servingBy(nextAuthority));
    await get();
    accepted = "three";
    await publish(folder, { token: "three", "ca.crt": nextAuthority.certificate });
    server.presentAs(servingBy(nextAuthority));
    await get();
    expect(await connection.credentials(call)).toEqual({ token: "three", ca: nextAuthority.certificate });
  });

  test("a missing token is said", async () => {
    await using folder = await TemporaryFolder.create();
    const connecting = inClusterConnection({ folder: folder.path, environment });
    await expect(connecting).rejects.toMatchObject({
      reason: "InvalidCredentials",
      message: expect.stringContaining(`${folder.path}/token`),
    });
  });
});

test("outside of a cluster it says so and what to do", async () => {
  await expect(inClusterConnection({ environment: {} })).rejects.toMatchObject({
    reason: "NotInCluster",
    message: expect.stringContaining("give a kubeconfig instead"),
  });
});
