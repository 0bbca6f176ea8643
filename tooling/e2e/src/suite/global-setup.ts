import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kubectl } from "@virtual-kubelet/integration/kubectl";
import { KubernetesClient, resources } from "@virtual-kubelet/kubernetes";
import { connectionFromKubeconfig } from "@virtual-kubelet/kubernetes/kubeconfig";
import type { TestProject } from "vitest/node";
import { ordinaryAddress } from "../targets/own-network.ts";
import { type RunningTarget, startTarget } from "../targets/running-target.ts";
import { embedded, targetNamed, targetVariable } from "../targets/target.ts";
import { leftovers } from "./leftovers.ts";
import { NodeAgent } from "./node-agent.ts";
import { Belongings } from "@virtual-kubelet/integration/belongings";
import { unknownRefusals } from "./refusals.ts";
import { type SpareNode, spareNodeNames } from "./stage.ts";

const nodeName = "edge";
const readyLimitMs = 60_000;

/** Starts the target's cluster and the node that all tests share; in the end, nothing may be left of what the tests did. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const belongings = new Belongings();
  try {
    const look = await start(project, belongings);
    return async () => {
      await using _ = belongings;
      const found = await look();
      if (found.length > 0) throw new Error(`When all had ended, this was found:\n${found.join("\n")}`);
    };
  } catch (error) {
    await belongings[Symbol.asyncDispose]();
    throw error;
  }
}

/** Gives what looks for leftovers. */
async function start(project: TestProject, belongings: Belongings): Promise<() => Promise<string[]>> {
  const target = targetNamed(process.env[targetVariable] ?? embedded.name);
  const address = ordinaryAddress() ?? "127.0.0.1";
  const folder = mkdtempSync(join(tmpdir(), "virtual-kubelet-e2e-"));
  belongings.defer(() => rmSync(folder, { recursive: true, force: true }));
  const cluster = belongings.use(await startTarget(target, { address, folder }));
  const { kubeconfig } = cluster;
  const agent = belongings.use(
    new NodeAgent({ nodeName, kubeconfig: cluster.nodeKubeconfig(nodeName), address, folder }),
  );
  const connection = await connectionFromKubeconfig({ path: kubeconfig });
  const client = belongings.use(new KubernetesClient({ connection }));
  await untilReady(client, agent);
  project.provide("stage", {
    target: target.name,
    ...(target.release === undefined ? {} : { release: target.release }),
    kubeconfig,
    kubectl: await kubectl(),
    address,
    nodeName,
    spareNodes: spareNodes(cluster),
    folder,
  });
  return async () => [
    ...(await leftovers({ client, agent, nodeName, folder })),
    ...unknownRefusals(await cluster.requests()),
  ];
}

function spareNodes(cluster: RunningTarget): Readonly<Record<SpareNode, string>> {
  const pairs = spareNodeNames.map((name) => [name, cluster.nodeKubeconfig(name)]);
  return Object.fromEntries(pairs) as Record<SpareNode, string>;
}

async function untilReady(client: KubernetesClient, agent: NodeAgent): Promise<void> {
  const signal = AbortSignal.timeout(readyLimitMs);
  const fieldSelector = `metadata.name=${nodeName}`;
  for (;;) {
    const { items } = await client.list(resources.nodes, { fieldSelector, signal });
    const ready = items[0]?.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True");
    if (ready) return;
    if (agent.hasEnded) throw new Error(`The agent has ended:\n${agent.output}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
