import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type CertificateSigningRequest,
  type Connection,
  NodeConnection,
  resources,
} from "@virtual-kubelet/kubernetes";
import { expect } from "vitest";
import { BootstrapToken } from "../src/identity/bootstrap-token.ts";
import { DocumentedNode } from "../src/identity/documented-node.ts";
import { type IdentityCase, identityCases } from "../src/identity/cases.ts";
import { olderServer } from "../src/identity/older-server.ts";
import { type Right, rightsOf } from "../src/identity/rights.ts";
import { TrialAccount } from "../src/identity/service-account.ts";
import { shippedManifest } from "../src/identity/shipped-manifest.ts";
import { TrialNode } from "../src/identity/trial-node.ts";
import { NodeAgent } from "../src/suite/node-agent.ts";
import { Belongings } from "@virtual-kubelet/integration/belongings";
import { trusted } from "../src/suite/refusals.ts";
import { scenario } from "../src/suite/scenario.ts";
import type { Workbench } from "../src/suite/workbench.ts";

const real = { notEmbedded: "authorizer: it lets everybody do everything" };
const call = { refresh: false, signal: AbortSignal.timeout(600_000) };
/** How long a case may still succeed after the node has been refused what it needs. */
const graceMs = 5_000;

/** A label that nodes may not set on themselves. */
const restricted = "node-role.kubernetes.io/trial";

type NodeKind = "plain" | "older" | "elected";

function kindOf({ older, elected }: IdentityCase): NodeKind {
  if (older) return "older";
  return elected ? "elected" : "plain";
}

/**
 * Every case on one node, one after the other; those for older servers, and those of several agents, on nodes of their own. Gives
 * what became of the first.
 */
async function passesAllCases(it: Workbench, lease: "own" | "node", connection: (node: string) => Promise<Connection>) {
  const run = async (name: string, kind: NodeKind) => {
    const through = await connection(name);
    await using server = kind === "older" ? await olderServer(through) : undefined;
    const labels = { [restricted]: "yes" };
    const electedBy = kind === "elected" ? lease : undefined;
    await using node = new TrialNode({ it, name, connection: server?.connection ?? through, labels, electedBy });
    const cases = Object.entries(identityCases).filter(([, each]) => kindOf(each) === kind);
    for (const [what, { run: runCase }] of cases) {
      await runCase(node).catch((cause: unknown) => {
        throw new Error(`The node ${name} fails where it ${what}:\n${node.log.join("\n")}`, { cause });
      });
    }
    return { log: node.log, labels: (await it.client.get(resources.nodes, { name })).metadata.labels };
  };
  const others = (["older", "elected"] as const).map((kind) => run(`${it.namespace}-${kind}`, kind));
  const [first] = await Promise.all([run(it.namespace, "plain"), ...others]);
  return first;
}

scenario("a node of an identity of its own may do all that nodes do", real, async (it) => {
  await using token = await BootstrapToken.create(it);
  await using belongings = new Belongings();
  const bootstrap = token.connection;
  const folder = join(it.stage.folder, "identity");
  const { labels, log } = await passesAllCases(it, "node", async (nodeName) =>
    belongings.use(await NodeConnection.open({ nodeName, bootstrap, folder })),
  );
  expect(labels).not.toHaveProperty([restricted]);
  expect(log.join("\n")).toContain(`kubectl label node ${it.namespace} ${restricted}=yes`);
});

scenario("a node of an identity of its own may not read what none of its pods refers to", real, async (it) => {
  await using token = await BootstrapToken.create(it);
  const nodeName = it.namespace;
  const folder = join(it.stage.folder, "strangers");
  await using connection = await NodeConnection.open({ nodeName, bootstrap: token.connection, folder });
  await using node = new TrialNode({ it, name: nodeName, connection });
  const context = await node.context();
  const names = { namespace: it.namespace, name: "strangers" };
  await it.client.create(resources.secrets, { metadata: names, data: { KEY: btoa("s3cret") } });
  await expect(context.read("Secret", names, call)).rejects.toMatchObject({ code: "Unauthorized" });
  const envFrom = [{ secretRef: { name: names.name } }];
  await node.runningPod("friend", { containers: [{ name: "main", image: "app:1", envFrom }] });
  expect((await context.read("Secret", names, call))?.data).toEqual({ KEY: btoa("s3cret") });
});

scenario("a node of an identity of its own follows what its pods refer to", real, async (it) => {
  await using token = await BootstrapToken.create(it);
  const nodeName = it.namespace;
  const folder = join(it.stage.folder, "followers");
  await using connection = await NodeConnection.open({ nodeName, bootstrap: token.connection, folder });
  await using node = new TrialNode({ it, name: nodeName, connection });
  const context = await node.context();
  const settings = { namespace: it.namespace, name: "followed" };
  await it.client.create(resources.configMaps, { metadata: settings, data: { colour: "blue" } });
  const sources = [{ configMap: { name: "followed" } }, { secret: { name: "late", optional: true } }];
  const volumes = [{ name: "all", projected: { sources } }];
  const { metadata, spec } = await node.runningPod("follower", { volumes });
  const ending = new AbortController();
  const seen: Record<string, string>[] = [];
  const follow = async (volume: string) => {
    for await (const { files } of context.volume(metadata, { volume, signal: ending.signal }))
      seen.push(Object.fromEntries(files.map(({ path, content }) => [path, Buffer.from(content).toString()])));
  };
  const following = follow("all");
  const untilSeen = (count: number) => node.until(async () => seen.length === count, `${count} contents`);
  await untilSeen(1);
  await it.client.patch(resources.configMaps, settings, {
    patch: { type: "merge", body: { data: { colour: "red" } } },
  });
  await untilSeen(2);
  const changed = context.referencesChanged(metadata, call);
  const late = { namespace: it.namespace, name: "late" };
  await it.client.create(resources.secrets, { metadata: late, data: { key: btoa("s3cret") } });
  await Promise.all([changed, untilSeen(3)]);
  await it.client.delete(resources.configMaps, settings);
  await node.until(async () => node.log.some((line) => line.includes('configmap "followed" not found')), "the log");
  expect(seen).toEqual([{ colour: "blue" }, { colour: "red" }, { colour: "red", key: "s3cret" }]);
  const own = spec.volumes?.find(({ name }) => name.startsWith("kube-api-access-"))?.name ?? "";
  const tokens = follow(own);
  await untilSeen(4);
  expect(Object.keys(seen[3] ?? {})).toEqual(["ca.crt", "namespace", "token"]);
  expect(seen[3]).toMatchObject({ namespace: it.namespace, "ca.crt": expect.stringContaining("BEGIN CERTIFICATE") });
  await it.client.delete(resources.pods, metadata, { gracePeriodSeconds: 0 });
  await Promise.all([following, tokens]);
  ending.abort();
  expect(node.log.filter((line) => line.includes("403"))).toEqual([]);
});

scenario("a node of the shipped ServiceAccount may do all that nodes do", real, async (it) => {
  await using accounts = new Belongings();
  const { labels } = await passesAllCases(it, "own", async (nodeName) => {
    const account = await TrialAccount.create(it, { name: `${trusted}${nodeName}`, nodeName });
    return accounts.use(account).connection;
  });
  expect(labels).toHaveProperty([restricted], "yes");
});

scenario(
  "each right of the shipped ServiceAccount is one without which a node fails at something",
  real,
  async (it) => {
    const rights = rightsOf(shippedManifest("service-account.yaml"));
    const missed = await Promise.all(rights.map((right, index) => failsWithout(it, right, `${it.namespace}-${index}`)));
    expect(missed.filter((line) => line !== undefined)).toEqual([]);
  },
);

/** Runs the case that needs the right, on a node that has all others; gives what is wrong with that. */
async function failsWithout(it: Workbench, right: Right, nodeName: string): Promise<string | undefined> {
  const [[name, trial] = [], ...others] = Object.entries(identityCases).filter(([, { takes }]) =>
    takes.includes(right),
  );
  if (!trial || others.length > 0) return `${right}: ${others.length + (trial ? 1 : 0)} cases say that they need it`;
  await using account = await TrialAccount.create(it, { name: `without-${nodeName}`, nodeName, without: right });
  await using server = trial.older ? await olderServer(account.connection) : undefined;
  const electedBy = trial.elected ? "own" : undefined;
  const connection = server?.connection ?? account.connection;
  await using node = new TrialNode({ it, name: nodeName, connection, electedBy });
  const [verb, resource] = right.split(" ");
  const refusal = `cannot ${verb} resource "${resource}"`;
  const outcome = trial.run(node).then(
    () => "succeeds all the same",
    (error: Error) => (error.message.includes(refusal) ? "is refused" : `fails for another reason: ${error.message}`),
  );
  const refused = node
    .until(async () => node.log.some((line) => line.includes(refusal)), "a refusal")
    .then(() => sleep(graceMs))
    .then(() => "is refused");
  const what = await Promise.race([outcome, refused]);
  return what === "is refused" ? undefined : `${right}: a node without it that ${name} ${what}`;
}

scenario("a node renews its certificate with the one that it has", real, async (it) => {
  await using token = await BootstrapToken.create(it);
  // The shortest that there is; the cluster dates its beginning five minutes back.
  const short = { expirationSeconds: 600, renewal: { from: 0.335, to: 0.335 } };
  const nodeName = it.namespace;
  const folder = join(it.stage.folder, "renewal");
  await using connection = await NodeConnection.open({ nodeName, bootstrap: token.connection, folder, ...short });
  const { cert: first } = await connection.credentials(call);
  await token[Symbol.asyncDispose]();
  const second = await it.until(async () => {
    const { cert } = await connection.credentials(call);
    return cert === first ? undefined : cert;
  }, "another certificate");
  expect(new X509Certificate(second).subject).toBe(`O=system:nodes\nCN=system:node:${nodeName}`);
  const requesters = (await requestsOf(it, nodeName)).map(({ spec }) => spec.username);
  expect(requesters.slice(0, 2)).toEqual([expect.stringMatching(/^system:bootstrap:/), `system:node:${nodeName}`]);
});

scenario(
  "a certificate can be approved by hand, and a node that is killed meanwhile asks only once",
  real,
  async (it) => {
    await using token = await tokenWithoutApproval(it);
    const nodeName = `${it.namespace}-a`;
    const { address, folder } = it.stage;
    const flags = [
      "--bootstrap-kubeconfig",
      await token.writeKubeconfig(nodeName),
      "--cert-dir",
      join(folder, "by-hand"),
    ];
    const taints = `only=${nodeName}:NoSchedule`;
    await using agent = new NodeAgent({ nodeName, address, folder, flags, taints });
    for (const _ of [1, 2]) {
      await it.until(async () => /is asked for|was asked for before/.test(agent.output), "the agent to ask");
      await agent.kill();
      agent.restart();
    }
    const [request] = await requestsOf(it, nodeName);
    await it.succeed("certificate", "approve", request?.metadata.name ?? "");
    await it.until(async () => / Ready /.test(await it.succeed("get", "node", nodeName)), "the node to be Ready");
    expect(await requestsOf(it, nodeName)).toHaveLength(1);
    await agent[Symbol.asyncDispose]();
    await it.succeed("delete", "node", nodeName);
  },
);

scenario("a certificate that is denied ends the start of the node with what to do", real, async (it) => {
  await using token = await tokenWithoutApproval(it);
  const nodeName = `${it.namespace}-d`;
  const opening = NodeConnection.open({
    nodeName,
    bootstrap: token.connection,
    folder: join(it.stage.folder, "denied"),
  });
  const outcome = opening.then(
    () => undefined,
    (error: unknown) => error,
  );
  const name = await it.until(async () => (await requestsOf(it, nodeName))[0]?.metadata.name, "the request");
  await it.succeed("certificate", "deny", name);
  expect(await outcome).toMatchObject({
    reason: "CertificateRefused",
    message: expect.stringMatching(/was denied: .*delete it with/),
  });
});

/** May ask, but is not approved by itself. */
async function tokenWithoutApproval(it: Workbench): Promise<BootstrapToken> {
  const token = await BootstrapToken.create(it, it.namespace);
  await it.succeed(
    "create",
    "clusterrolebinding",
    `${it.namespace}:by-hand`,
    "--clusterrole=system:node-bootstrapper",
    `--group=${token.group}`,
  );
  return token;
}

scenario(
  "the documented steps make a node of its own identity, which outlives its token and a crash",
  real,
  async (it) => {
    await using node = await DocumentedNode.start(it, "An identity of its own");
    const uid = await node.runsPod("first");
    const [request] = await requestsOf(it, node.name);
    const [, token] = /^system:bootstrap:(.+)$/.exec(request?.spec.username ?? "") ?? [];
    await it.succeed("delete", "secret", "--namespace=kube-system", `bootstrap-token-${token}`);
    await node.agent.kill();
    node.agent.restart();
    await node.runsPod("second");
    expect((await it.pod("first")).metadata.uid).toBe(uid);
    expect(await requestsOf(it, node.name)).toHaveLength(1);
  },
);

scenario("the documented steps make a node of a ServiceAccount", real, async (it) => {
  await using node = await DocumentedNode.start(it, "A ServiceAccount");
  await node.runsPod("first");
});

/** A node's requests for certificates, the oldest first. */
async function requestsOf(it: Workbench, nodeName: string): Promise<readonly CertificateSigningRequest[]> {
  const { items } = await it.client.list(resources.certificateSigningRequests);
  const time = ({ metadata }: CertificateSigningRequest): string => metadata.creationTimestamp ?? "";
  return items
    .filter(({ metadata }) => metadata.name.startsWith(`node-csr-${nodeName}-`))
    .toSorted((a, b) => time(a).localeCompare(time(b)));
}
