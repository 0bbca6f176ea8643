import { expect, test } from "vitest";
import { clusterClientAuthority, issueCertificate, KubernetesClient } from "../../src/index.ts";
import { FakeApiServer } from "../fake-api-server.ts";

const [one, two, own] = ["one", "two", "own"].map(
  (commonName) => issueCertificate({ commonName, certificateAuthority: true }).certificate,
);
const collection = "/api/v1/namespaces/kube-system/configmaps";
const name = "extension-apiserver-authentication";
const signal = AbortSignal.timeout(60_000);

function configMap(data: object, resourceVersion = "1"): object {
  return { metadata: { namespace: "kube-system", name, uid: "u", resourceVersion }, data };
}

async function start(credentials: { readonly ca?: string } = { ca: own ?? "" }) {
  const server = await FakeApiServer.start();
  // Over HTTP the authority is of no use; here it only has to be told.
  const connection = server.connection(credentials);
  const client = new KubernetesClient({ connection });
  const warnings: string[] = [];
  const ignore = (): void => {};
  const warn = (_: object, message: string): void => void warnings.push(message);
  const logger = { debug: ignore, info: ignore, error: ignore, warn };
  const values = clusterClientAuthority({ client, connection, logger, signal });
  return {
    server,
    warnings,
    values,
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

test("the cluster tells its clients' authority, and each that follows", async () => {
  await using it = await start();
  const first = it.values.next();
  const got = await it.server.next();
  expect(got.path).toBe(`${collection}/${name}`);
  got.json(configMap({ "client-ca-file": one }));
  expect((await first).value).toBe(one);
  const second = it.values.next();
  const watch = await it.server.next();
  expect(watch.path).toBe(collection);
  expect(watch.query["fieldSelector"]).toBe(`metadata.name=${name}`);
  watch.event("ADDED", configMap({ "client-ca-file": one })).listed("1");
  watch.event("MODIFIED", configMap({ "client-ca-file": one, other: "1" }, "2"));
  watch.event("MODIFIED", configMap({}, "3"));
  watch.event("MODIFIED", configMap({ "client-ca-file": two }, "4"));
  expect((await second).value).toBe(two);
  expect(it.warnings).toEqual([]);
  await it.values.return();
});

test.each<[string, (exchange: Awaited<ReturnType<FakeApiServer["next"]>>) => void, string]>([
  ["may not read it", (exchange) => exchange.status(403, "Forbidden"), "Forbidden"],
  ["has none", (exchange) => exchange.status(404, "NotFound"), "NotFound"],
  ["does not say it", (exchange) => exchange.json(configMap({})), "its client-ca-file is no certificate"],
])("a node that %s trusts its connection's authority, and says why", async (_, answer, why) => {
  await using it = await start();
  const first = it.values.next();
  answer(await it.server.next());
  expect((await first).value).toBe(own);
  expect(it.warnings).toHaveLength(1);
  expect(it.warnings[0]).toContain("those of the connection's own authority count");
  expect(it.warnings[0]).toContain(why);
});

test("one that may get it, and neither list nor watch it, need not wait", async () => {
  await using it = await start();
  const first = it.values.next();
  (await it.server.next()).json(configMap({ "client-ca-file": one }));
  expect((await first).value).toBe(one);
  const second = it.values.next();
  (await it.server.next()).status(403, "Forbidden");
  const again = await it.server.next();
  again.event("ADDED", configMap({ "client-ca-file": two }, "2")).listed("2");
  expect((await second).value).toBe(two);
  await it.values.return();
});

test("where neither the cluster nor the connection names an authority, nobody waits for one", async () => {
  await using it = await start({});
  const first = it.values.next();
  (await it.server.next()).status(403, "Forbidden");
  await expect(first).rejects.toThrow("whose client certificates to trust");
});
