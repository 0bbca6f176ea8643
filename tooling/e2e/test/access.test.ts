import { join } from "node:path";
import { NodeConnection } from "@virtual-kubelet/kubernetes";
import { isCarried, kubectl, kubectlVersions } from "@virtual-kubelet/integration/kubectl";
import { expect } from "vitest";
import { askNode } from "../src/access/ask-node.ts";
import { CallerAccount } from "../src/access/caller-account.ts";
import { BootstrapToken } from "../src/identity/bootstrap-token.ts";
import { AdministratorsShell, documentedScript } from "../src/identity/documented-steps.ts";
import { NodeAgent } from "../src/suite/node-agent.ts";
import { type ScenarioOptions, scenario } from "../src/suite/scenario.ts";
import { pod } from "../src/suite/manifests.ts";
import { Workbench } from "../src/suite/workbench.ts";

const real: ScenarioOptions = { notEmbedded: "authorizer and no service account tokens" };
const missing = isCarried ? undefined : `npm has no kubectl for ${process.platform}-${process.arch}`;
const exec = "/exec/default/none/none?command=true&output=1";

/** Asks until the authorizer has heard of the rights: an answer of another code than 403. */
async function heard(it: Workbench, path: string, token: string) {
  return it.until(async () => {
    const answer = await askNode(it, { nodeName: it.stage.nodeName, path, token });
    return answer.status === 403 ? undefined : answer;
  }, `an answer to ${path}`);
}

scenario("a ServiceAccount does with a node what its roles say, and nothing else", real, async (it) => {
  const { nodeName } = it.stage;
  const rules = [{ apiGroups: [""], resources: ["nodes/healthz"], verbs: ["get"] }];
  await using caller = await CallerAccount.create(it, { name: "prober", rules });
  const { token, user } = caller;
  expect(await heard(it, "/healthz", token)).toEqual({ status: 200, body: "ok" });
  const refused = (verb: string, subresources: string) => ({
    status: 403,
    body: expect.stringContaining(
      `Forbidden (user=${user}, verb=${verb}, resource=nodes, subresource(s)=[${subresources}])`,
    ),
  });
  expect(await askNode(it, { nodeName, path: "/pods", token })).toEqual(refused("get", "pods proxy"));
  expect(await askNode(it, { nodeName, path: "/none", token })).toEqual(refused("get", "proxy"));
  expect(await askNode(it, { nodeName, path: exec, token, upgrade: "SPDY/3.1" })).toEqual(refused("create", "proxy"));
});

scenario("the right to metrics is no right to anything else of a node", real, async (it) => {
  const { nodeName } = it.stage;
  const rules = [{ apiGroups: [""], resources: ["nodes/metrics", "nodes/stats"], verbs: ["get"] }];
  await using caller = await CallerAccount.create(it, { name: "scraper", rules });
  for (const path of ["/healthz", "/pods", "/containerLogs/default/none/none", exec])
    expect((await askNode(it, { nodeName, path, token: caller.token })).status).toBe(403);
});

scenario("the right to get nodes/proxy is no right to run commands", real, async (it) => {
  const { nodeName } = it.stage;
  const rules = [{ apiGroups: [""], resources: ["nodes/proxy"], verbs: ["get"] }];
  await using caller = await CallerAccount.create(it, { name: "reader", rules });
  const { token } = caller;
  expect((await heard(it, "/pods", token)).status).toBe(200);
  expect((await askNode(it, { nodeName, path: "/none", token })).status).toBe(404);
  for (const upgrade of ["SPDY/3.1", "websocket"])
    expect((await askNode(it, { nodeName, path: exec, token, upgrade })).status).toBe(403);
});

scenario("nobody calls a node without proof of who they are", {}, async (it) => {
  const { nodeName } = it.stage;
  for (const path of ["/healthz", "/pods", "/none", exec]) {
    expect(await askNode(it, { nodeName, path })).toEqual({ status: 401, body: "Unauthorized" });
    expect((await askNode(it, { nodeName, path, token: "no.such.token" })).status).toBe(401);
  }
});

scenario("a token of a ServiceAccount that is deleted is nobody's", real, async (it) => {
  const rules = [{ apiGroups: [""], resources: ["nodes/healthz"], verbs: ["get"] }];
  await using caller = await CallerAccount.create(it, { name: "leaver", rules });
  await it.succeed("delete", "serviceaccount", "leaver");
  await it.until(
    async () =>
      (await askNode(it, { nodeName: it.stage.nodeName, path: "/healthz", token: caller.token })).status === 401,
    "the token to be nobody's",
  );
});

scenario("the cluster signs a serving certificate that somebody approves, and a restart keeps it", real, async (it) => {
  await using token = await BootstrapToken.create(it);
  const nodeName = `${it.namespace}-s`;
  const { address, folder } = it.stage;
  const certDir = join(folder, "serving");
  const flags = [
    `--bootstrap-kubeconfig=${await token.writeKubeconfig(nodeName)}`,
    `--cert-dir=${certDir}`,
    "--rotate-server-certificates",
    "--client-ca-from-cluster",
  ];
  await using agent = new NodeAgent({ nodeName, address, folder, flags, taints: `only=${nodeName}:NoSchedule` });
  const { ca = "" } = await token.connection.credentials({ refresh: false, signal: AbortSignal.timeout(10_000) });
  // The node is ready before it has the certificate: it serves by one signed by itself.
  await it.until(async () => / Ready /.test(await it.succeed("get", "node", nodeName)), "the node to be Ready");
  const ask = (verified: object) => askNode(it, { nodeName, path: "/healthz", ...verified });
  expect((await ask({})).status).toBe(401);
  await expect(ask({ ca })).rejects.toThrow(/self-signed|unable to verify/);
  await it.until(async () => agent.output.includes("a serving certificate is asked for"), "the request");
  const shell = new AdministratorsShell(it.stage, `${nodeName}-approval`);
  await shell.run(documentedScript("A serving certificate", nodeName));
  const untilVerified = () =>
    it.until(async () => (await ask({ ca })).status === 401, "a certificate of the cluster's authority");
  await untilVerified();
  await agent.kill();
  agent.restart();
  await untilVerified();
  // As a node it may not read what others are told of client authorities, and trusts its own cluster's.
  expect(agent.output).toContain("those of the connection's own authority count");
  const again = NodeConnection.open({ nodeName, bootstrap: token.connection, folder: certDir });
  await (await again)[Symbol.asyncDispose]();
  await agent[Symbol.asyncDispose]();
  await it.succeed("delete", "node", nodeName);
});

scenario("every kubectl shows why a node refuses to leave HTTP", { ...real, unless: () => missing }, async (it) => {
  await it.apply(pod("stumbling", "exit 3"));
  await it.untilPod(
    "stumbling",
    ({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.reason === "CrashLoopBackOff",
    "waiting",
  );
  for (const version of kubectlVersions) {
    await using its = await Workbench.open({ ...it.stage, kubectl: await kubectl(version) });
    const { code, stderr } = await its.kubectl("exec", `--namespace=${it.namespace}`, "stumbling", "--", "true");
    expect(code).toBe(1);
    expect(stderr).toMatch(/container "main" in pod "stumbling" is not running: \w+/);
  }
});
