import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type ControlPlane, kubeconfigText, startControlPlane } from "@virtual-kubelet/control-plane";
import {
  type ConfigMap,
  type Connection,
  inClusterConnection,
  ObjectWatch,
  resources,
} from "@virtual-kubelet/kubernetes";
import { connectionFromKubeconfig } from "@virtual-kubelet/kubernetes/kubeconfig";
import { afterAll, beforeAll, describe, expect, inject, test, type TestContext } from "vitest";
import { Caller } from "../src/credentials/caller.ts";
import { CountedPlugin } from "../src/credentials/counted-plugin.ts";
import { CountedWay } from "../src/credentials/counted-way.ts";
import { MountedFiles } from "../src/credentials/mounted-files.ts";
import { perishableCertificate, perishableToken } from "../src/credentials/perishable.ts";
import { notReal, skip } from "../src/suite/scenario.ts";

let running: ControlPlane | undefined;

beforeAll(async () => {
  const { release, address } = inject("stage");
  // Of its own: what others do at the same time must not meet another authority.
  if (release !== undefined) running = await startControlPlane({ version: release, address });
});

afterAll(async () => running?.[Symbol.asyncDispose]());

function real(context: TestContext): ControlPlane {
  return running ?? skip(context, notReal);
}

/** A kubeconfig in a folder of its own: its path. */
async function kubeconfig(parts: { server: string; ca: string; user: object }): Promise<string> {
  const { server, ca, user } = parts;
  const path = join(await folder(), "config");
  const text = kubeconfigText({ cluster: { server, "certificate-authority": ca }, user });
  await writeFile(path, text, { mode: 0o600 });
  return path;
}

async function connect(cluster: ControlPlane, user: object, server = cluster.server): Promise<Connection> {
  const path = await kubeconfig({ server, ca: cluster.authoritiesFile, user });
  return connectionFromKubeconfig({ path });
}

function folder(): Promise<string> {
  return mkdtemp(join(inject("stage").folder, "credentials-"));
}

interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

function longLived(cluster: ControlPlane, commonName: string): KeyPair {
  const { certificate: cert, key } = cluster.issueClientCertificate({ commonName, organizations: ["system:masters"] });
  return { cert, key };
}

/** What `whoami` says of somebody. */
function as(user: string): unknown {
  return expect.stringMatching(new RegExp(`^${user} `));
}

/** How a plugin says it. */
function status({ cert, key }: KeyPair): object {
  return { clientCertificateData: cert, clientKeyData: key };
}

describe("credentials:", { concurrent: false }, () => {
  test(
    "a service account's token is read again when the one in use was revoked",
    { timeout: 90_000 },
    async (context) => {
      const cluster = real(context);
      const [first, second] = [await perishableToken(cluster), await perishableToken(cluster)];
      const mounted = await MountedFiles.in(await folder(), { token: first.credentials.token });
      await using caller = new Caller(cluster, await connect(cluster, { tokenFile: mounted.path("token") }));
      const before = await caller.whoami();
      await mounted.publish({ token: second.credentials.token });
      await first.end();
      const after = await Promise.all([caller.whoami(), caller.whoami(), caller.whoami()]);
      expect(before).toMatch(/^system:serviceaccount:default:default JTI=/);
      expect(new Set(after).size).toBe(1);
      expect(after).not.toContain(before);
      expect(caller.renewals).toContain(true);
      expect(await caller.done()).toEqual(Array(4).fill("create 201"));
    },
  );

  test("a plugin runs again, once, when its token is refused before its time", { timeout: 90_000 }, async (context) => {
    const cluster = real(context);
    const [first, second] = [await perishableToken(cluster), await perishableToken(cluster)];
    const expirationTimestamp = new Date(Date.now() + 3_600_000).toISOString();
    const plugin = await CountedPlugin.saying({ token: first.credentials.token, expirationTimestamp }, await folder());
    await using caller = new Caller(cluster, await connect(cluster, plugin.user));
    const before = await caller.whoami();
    await plugin.say({ token: second.credentials.token, expirationTimestamp });
    expect(await caller.whoami()).toBe(before);
    await first.end();
    const after = await Promise.all([caller.whoami(), caller.whoami(), caller.whoami()]);
    expect(new Set([before, ...after]).size).toBe(2);
    const ca = await readFile(cluster.authoritiesFile, "base64");
    const told = { server: cluster.server, "certificate-authority-data": ca };
    expect(await plugin.runs()).toEqual([told, told]);
  });

  test(
    "a plugin's certificate is followed by the next when it has expired, said or not",
    { timeout: 90_000 },
    async (context) => {
      const cluster = real(context);
      const short = perishableCertificate(cluster, "first");
      const silent = await CountedPlugin.saying(status(short.credentials), await folder());
      const expirationTimestamp = new Date(Date.now() + 2000).toISOString();
      const saying = await CountedPlugin.saying({ ...status(short.credentials), expirationTimestamp }, await folder());
      await using unaware = new Caller(cluster, await connect(cluster, silent.user));
      await using aware = new Caller(cluster, await connect(cluster, saying.user));
      expect([await unaware.whoami(), await aware.whoami()]).toEqual([as("first"), as("first")]);
      const next = status(longLived(cluster, "second"));
      await Promise.all([silent.say(next), saying.say(next)]);
      await short.end();
      expect([await unaware.whoami(), await aware.whoami()]).toEqual([as("second"), as("second")]);
      expect([(await silent.runs()).length, (await saying.runs()).length]).toEqual([2, 2]);
      expect([unaware.renewals, aware.renewals]).toEqual([[true], []]);
    },
  );

  test.for(["two files", "one file, as a kubelet has it"])(
    "a client certificate in %s changes under a watch, which goes on",
    { timeout: 90_000 },
    async (kind, context) => {
      const cluster = real(context);
      await using way = await CountedWay.to(cluster.server);
      const [short, next] = [perishableCertificate(cluster, "first"), longLived(cluster, "second")];
      const path = await folder();
      const [cert, key] = kind === "two files" ? ["tls.crt", "tls.key"] : ["current.pem", "current.pem"];
      const write = async (name: string, text: string): Promise<void> => {
        await writeFile(join(path, `${name}.tmp`), text);
        await rename(join(path, `${name}.tmp`), join(path, name));
      };
      await write(key, short.credentials.cert + short.credentials.key);
      await write(cert, short.credentials.cert + short.credentials.key);
      const user = { "client-certificate": join(path, cert), "client-key": join(path, key) };
      await using caller = new Caller(cluster, await connect(cluster, user, way.server));
      const namespace = "default";
      const name = `seen-${randomUUID()}`;
      const watch = caller.client.watch<ConfigMap>(resources.configMaps, {
        namespace,
        fieldSelector: `metadata.name=${name}`,
      });
      const events = watch[Symbol.asyncIterator]();
      const added = events.next();
      expect(await caller.whoami()).toEqual(as("first"));
      const before = way.opened;
      const old = (): number => way.open.filter((each) => each <= before).length;
      expect(old()).toBe(2);
      await short.end();
      if (kind === "two files") {
        await write(cert, next.cert);
        // The half of a pair is not shown to the server: it goes on refusing the old one.
        await expect(caller.whoami()).rejects.toMatchObject({ code: 401 });
        await write(key, next.key);
      } else {
        await write(cert, next.cert + next.key);
      }
      expect(await caller.whoami()).toEqual(as("second"));
      await caller.client.create(resources.configMaps, { metadata: { namespace, name } });
      expect((await added).value).toMatchObject({ type: "ADDED", object: { metadata: { name } } });
      // Only the watch has its connection still, and new requests have others.
      await expect.poll(old).toBe(1);
      expect(way.opened).toBeGreaterThan(before);
      await events.return?.();
      await expect.poll(old).toBe(0);
      await caller.client.delete(resources.configMaps, { namespace, name });
    },
  );

  test(
    "the cluster's authority changes: to both, and then to another at once, by a kubeconfig and in a pod",
    { timeout: 120_000 },
    async (context) => {
      const cluster = real(context);
      await using way = await CountedWay.to(cluster.server);
      const [first, second] = [await perishableToken(cluster), await perishableToken(cluster)];
      const authorities = (): Promise<string> => readFile(cluster.authoritiesFile, "utf8");
      const old = await authorities();
      const pair = longLived(cluster, "outside");
      const outer = await MountedFiles.in(await folder(), { "ca.crt": old, "tls.crt": pair.cert, "tls.key": pair.key });
      const inner = await MountedFiles.in(await folder(), {
        "ca.crt": old,
        token: first.credentials.token,
        namespace: "default",
      });
      const path = await kubeconfig({
        server: way.server,
        ca: outer.path("ca.crt"),
        user: { "client-certificate": outer.path("tls.crt"), "client-key": outer.path("tls.key") },
      });
      const { hostname, port } = new URL(way.server);
      const environment = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
      await using outside = new Caller(cluster, await connectionFromKubeconfig({ path }));
      await using inside = new Caller(cluster, await inClusterConnection({ folder: inner.path(), environment }));
      const ending = new AbortController();
      const maps = new ObjectWatch({ client: outside.client, resource: resources.configMaps, namespace: "default" });
      const watching = (async () => {
        for await (const _ of maps.run({ signal: ending.signal }));
      })();
      const both = async (): Promise<string[]> => Promise.all([outside.whoami(), inside.whoami()]);
      const [, asFirst] = await both();

      await cluster.rotateServingCertificate({ authority: "new" });
      way.cut();
      for (const caller of [outside, inside]) {
        await expect
          .poll(() => caller.whoami().catch((error: Error) => error.message))
          .toContain("is not signed by the CA that was given");
      }
      const bundle = await authorities();
      expect(bundle.startsWith(old)).toBe(true);
      await outer.publish({ "ca.crt": bundle, "tls.crt": pair.cert, "tls.key": pair.key });
      await inner.publish({ "ca.crt": bundle, token: second.credentials.token, namespace: "default" });
      await first.end();
      const [, asSecond] = await both();
      expect(asSecond).not.toBe(asFirst);

      way.cut();
      await cluster.rotateServingCertificate({ authority: "new" });
      cluster.forgetOldAuthorities();
      const next = await authorities();
      expect(bundle).not.toContain(next);
      await outer.publish({ "ca.crt": next, "tls.crt": pair.cert, "tls.key": pair.key });
      await inner.publish({ "ca.crt": next, token: second.credentials.token, namespace: "default" });
      expect(await both()).toEqual([as("outside"), asSecond]);

      const { metadata } = await outside.client.create(resources.configMaps, {
        metadata: { namespace: "default", name: `seen-${randomUUID()}` },
      });
      await expect.poll(() => maps.store.get(metadata.uid)?.metadata.name, { timeout: 30_000 }).toBe(metadata.name);
      ending.abort();
      await watching;
      const created = (await outside.done()).filter((answer) => answer.startsWith("create"));
      // Each POST once, however often the handshake before it failed.
      expect(created).toEqual(["create 201", "create 201", "create 201", "create 201"]);
    },
  );
});
