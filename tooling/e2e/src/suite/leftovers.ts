import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { type KubernetesClient, resources } from "@virtual-kubelet/kubernetes";
import type { NodeAgent } from "./node-agent.ts";
import { spareNodeNames } from "./stage.ts";

export interface LeftoverOptions {
  readonly client: KubernetesClient;
  readonly agent: NodeAgent;
  /** The node that all tests share. */
  readonly nodeName: string;
  /** Where everything of the run is. */
  readonly folder: string;
}

const ownNamespaces = new Set(["default", "kube-node-lease", "kube-public", "kube-system"]);

/** What is there and should not be, once all tests have ended: a line for each. */
export async function leftovers({ client, agent, nodeName, folder }: LeftoverOptions): Promise<string[]> {
  return [...(await objects(client, nodeName)), ...records(agent.stateDirectory), ...processes(folder)];
}

async function objects(client: KubernetesClient, nodeName: string): Promise<string[]> {
  const named = async (kind: "namespaces" | "pods" | "nodes" | "leases"): Promise<string[]> => {
    const { items } = await client.list<{ readonly metadata: { readonly name: string } }>(resources[kind], {
      namespace: kind === "leases" ? "kube-node-lease" : undefined,
    });
    return items.map(({ metadata: { name } }) => `${kind}/${name}`);
  };
  const [namespaces, pods, nodes, leases] = await Promise.all([
    named("namespaces"),
    named("pods"),
    named("nodes"),
    named("leases"),
  ]);
  // Those of other nodes the cluster takes away in its own time.
  const spare = (line: string): boolean => spareNodeNames.some((name) => line.endsWith(`/${name}`));
  return [
    ...namespaces.filter((line) => !ownNamespaces.has(line.replace("namespaces/", ""))),
    ...pods,
    ...nodes.filter((line) => line !== `nodes/${nodeName}`),
    ...leases.filter(spare),
  ];
}

/** What provider-process keeps of pods: nothing, when it has none. */
function records(stateDirectory: string): string[] {
  return readdirSync(join(stateDirectory, "pods")).map((name) => `a pod's files: ${name}`);
}

/** Containers and commands in them, whatever became of their parents: they work in a folder of the run, and carry a mark. */
function processes(folder: string): string[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc").flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const isOurs = readlinkSync(`/proc/${pid}/cwd`).startsWith(folder);
      const isMarked = /(^|\0)VIRTUAL_KUBELET_(CONTAINER|EXEC)=/.test(readFileSync(`/proc/${pid}/environ`, "utf8"));
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      return isOurs && isMarked ? [`process ${pid}: ${command}`] : [];
    } catch {
      return []; // It has ended meanwhile, or is none.
    }
  });
}
