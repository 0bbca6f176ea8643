import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Belongings } from "@virtual-kubelet/integration/belongings";
import { type Pod, isKubernetesError, resources } from "@virtual-kubelet/kubernetes";
import { expect } from "vitest";
import { breakable, brokenNodeName, runsOf } from "../src/suite/breakable.ts";
import { forEver, pod } from "../src/suite/manifests.ts";
import { OwnNode, isReady } from "../src/suite/own-node.ts";
import { controlPlaneCase, scenario } from "../src/suite/scenario.ts";

// Those of the numbered fault scenarios that show what a real control plane does; the others are in tooling/faults, and [20] is
// among the faults of nodes.

const phaseOf = ({ status }: Pod) => status?.phase;

const isPodList = ({ verb, requestURI }: { readonly verb: string; readonly requestURI: string }): boolean =>
  requestURI.startsWith("/api/v1/pods?") && (verb === "list" || requestURI.includes("sendInitialEvents=true"));

controlPlaneCase(
  "[01] the API server is away for half a minute: one list, and all is right soon after",
  async (release) => {
    await using belongings = new Belongings();
    const { cluster, it } = await breakable(release, belongings);
    const names = Array.from({ length: 10 }, (_, index) => `pod-${index}`);
    await it.apply(...names.map((name) => pod(name, forEver)));
    for (const name of names) await it.untilRunning(name);
    const before = runsOf(await it.pods());
    await cluster.apiServer.kill();
    await setTimeout(30_000);
    await cluster.apiServer.start();
    const backAt = Date.now();
    await it.apply(pod("late", forEver, { nodeName: brokenNodeName }));
    await it.untilRunning("late");
    await it.until(
      async () => isReady(await it.client.get(resources.nodes, { name: brokenNodeName })),
      "the node to be Ready",
    );
    const after = runsOf(await it.pods());
    for (const [uid, run] of before) expect(after.get(uid)).toBe(run);
    const lists = (await cluster.auditEvents()).filter(
      (event) =>
        event.user.username === `system:node:${brokenNodeName}` &&
        Date.parse(event.requestReceivedTimestamp) > backAt - 2_000 &&
        isPodList(event),
    );
    expect(lists.length).toBeLessThanOrEqual(1);
  },
);

controlPlaneCase(
  "[03] etcd is compacted while the API server is away: relisted, and nothing runs twice",
  async (release) => {
    await using belongings = new Belongings();
    const { cluster, it } = await breakable(release, belongings);
    await it.apply(pod("steady", forEver), pod("leaves", forEver));
    const steady = runsOf([await it.untilRunning("steady")]);
    const leaving = await it.untilRunning("leaves");
    await it.succeed("delete", "pod", "leaves", "--wait=false");
    await cluster.apiServer.kill();
    await cluster.compactEtcd();
    await cluster.apiServer.start();
    await it.apply(pod("young", forEver));
    await it.untilRunning("young");
    await it.untilGone(leaving);
    expect(runsOf([await it.pod("steady")])).toEqual(steady);
  },
);

controlPlaneCase(
  "[15] the API server's certificate comes from another authority: no restart, and nothing is missed",
  async (release) => {
    await using belongings = new Belongings();
    const { cluster, agent, it } = await breakable(release, belongings);
    await it.apply(pod("before", forEver));
    const before = runsOf([await it.untilRunning("before")]);
    await cluster.rotateServingCertificate({ authority: "new" });
    // Connections of before go on; new ones are made when the API server starts anew.
    await cluster.apiServer.stop();
    await cluster.apiServer.start();
    cluster.forgetOldAuthorities();
    await it.succeed("run", "after", "--image=host", "--restart=Never", "--command", "--", "sleep", "1000000");
    await it.untilRunning("after");
    expect(agent.hasEnded).toBe(false);
    expect(runsOf([await it.pod("before")])).toEqual(before);
    // A controller manager that was just starting does not outlive this.
    await cluster.start();
  },
);

scenario("[10] somebody else writes the same status again and again: theirs stays, and ours comes", {}, async (it) => {
  const flag = join(it.stage.folder, "busy-ends");
  await it.apply(pod("busy", `while ! [ -e ${flag} ]; do sleep 0.1; done; exit 5`, { restartPolicy: "Never" }));
  await it.untilRunning("busy");
  const name = { namespace: it.namespace, name: "busy" };
  let rounds = 0;
  for (; phaseOf(await it.pod("busy")) !== "Failed"; rounds++) {
    const theirs = { type: "example.com/Round", status: "True", message: String(rounds) };
    const patch = { type: "strategic", body: { status: { conditions: [theirs] } } } as const;
    await it.client.patch(resources.pods, name, { subresource: "status", patch });
    if (rounds === 5) writeFileSync(flag, "");
  }
  const { status } = await it.pod("busy");
  expect(rounds).toBeGreaterThan(5);
  expect(status?.conditions).toContainEqual(expect.objectContaining({ type: "example.com/Round", status: "True" }));
  expect(status?.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(5);
});

scenario(
  "[11] a pod is removed by force while the agent is dead: its process ends with the agent's return",
  {},
  async (it) => {
    await using node = new OwnNode(it, "forced");
    await node.until(isReady, "Ready");
    const flag = join(it.stage.folder, "forced-runs");
    await it.apply(
      pod("forced", `while true; do touch ${flag}; sleep 0.2; done`, node.placement),
      pod("stays", forEver, node.placement),
    );
    await it.untilRunning("forced");
    const stays = runsOf([await it.untilRunning("stays")]);
    await node.agent.kill();
    await it.succeed("delete", "pod", "forced", "--force", "--grace-period=0");
    node.agent.restart();
    // Its absence has to be confirmed by two lists half a minute apart.
    await it.until(
      async () => {
        rmSync(flag, { force: true });
        await setTimeout(1_000);
        return !existsSync(flag);
      },
      "the process to be gone",
      100_000,
    );
    expect(runsOf([await it.pod("stays")])).toEqual(stays);
  },
);

scenario(
  "[12] the right to write statuses is taken away and given back: the agent stays, and is right again",
  { notEmbedded: "admission policies" },
  async (it) => {
    await using node = new OwnNode(it, "denied");
    await node.until(isReady, "Ready");
    await it.apply(pod("steady", forEver, node.placement));
    const steady = runsOf([await it.untilRunning("steady")]);
    // What the Node authorizer grants cannot be taken from one node: a policy says no for this namespace in its place.
    const name = `no-statuses-${it.namespace}`;
    const kind = (suffix: string) => ({
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: `ValidatingAdmissionPolicy${suffix}`,
      metadata: { name },
    });
    const rule = { apiGroups: [""], apiVersions: ["v1"], resources: ["pods/status"], operations: ["UPDATE"] };
    const namespaceSelector = { matchLabels: { "kubernetes.io/metadata.name": it.namespace } };
    const policy = {
      ...kind(""),
      spec: {
        failurePolicy: "Fail",
        matchConstraints: { resourceRules: [rule], namespaceSelector },
        validations: [{ expression: "false", reason: "Forbidden", message: "taken away" }],
      },
    };
    await it.apply(policy, { ...kind("Binding"), spec: { policyName: name, validationActions: ["Deny"] } });
    const isDenied = async () => {
      const patch = { type: "strategic", body: { status: { message: "a try" } } } as const;
      const pods = { namespace: it.namespace, name: "steady" };
      const answer = await it.client
        .patch(resources.pods, pods, { subresource: "status", patch, dryRun: true })
        .catch((error: unknown) => error);
      return isKubernetesError(answer, "Forbidden");
    };
    await it.until(isDenied, "the policy to be in force");
    await it.apply(pod("silent", forEver, node.placement));
    await setTimeout(8_000);
    expect((await it.pod("silent")).status?.containerStatuses ?? []).toEqual([]);
    expect(node.agent.hasEnded).toBe(false);
    await it.succeed("delete", `validatingadmissionpolicybinding/${name}`, `validatingadmissionpolicy/${name}`);
    await it.untilRunning("silent");
    expect(runsOf([await it.pod("steady")])).toEqual(steady);
  },
);

scenario("[19] the node's lease is deleted: there again within eleven seconds, with its owner", {}, async (it) => {
  await using node = new OwnNode(it, "leased");
  const { metadata } = await node.until(isReady, "Ready");
  const name = { namespace: "kube-node-lease", name: "leased" };
  await it.until(() => it.client.get(resources.leases, name), "the lease");
  await it.client.delete(resources.leases, name);
  const lease = await it.until(() => it.client.get(resources.leases, name), "the lease again", 11_000);
  expect(lease.metadata.ownerReferences).toMatchObject([{ kind: "Node", uid: metadata.uid }]);
});

scenario("[23] others mark the node, under NodeRestriction and over a restart: all of theirs stays", {}, async (it) => {
  await using node = new OwnNode(it, "marked");
  await node.until(isReady, "Ready");
  await it.succeed("label", "node", "marked", "theirs=yes");
  await it.succeed("taint", "node", "marked", "example.com/maintenance=now:PreferNoSchedule");
  const theirs = { type: "example.com/Healthy", status: "True" };
  const dead = { type: "Ready", status: "Unknown", reason: "NodeStatusUnknown", message: "Kubelet stopped posting" };
  const mark = (condition: object) => {
    const patch = { type: "strategic", body: { status: { conditions: [condition] } } } as const;
    return it.client.patch(resources.nodes, { name: "marked" }, { subresource: "status", patch });
  };
  await mark(theirs);
  for (let round = 0; round < 10; round++) {
    if (round === 5) {
      await node.agent.kill();
      node.agent.restart();
    }
    await mark(dead);
    const shown = await node.until(isReady, "Ready again");
    expect(shown.metadata.labels).toMatchObject({ theirs: "yes", type: "virtual-kubelet" });
    expect(shown.spec.taints).toContainEqual(expect.objectContaining({ key: "example.com/maintenance", value: "now" }));
    expect(shown.status?.conditions).toContainEqual(expect.objectContaining(theirs));
  }
});
