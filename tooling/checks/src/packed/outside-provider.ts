import { spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { command } from "./command.ts";
import { installProject } from "./project.ts";
import { RunningProgram } from "./running-program.ts";
import type { Tarball } from "./tarballs.ts";
import type { Tool } from "./tools.ts";

const providerSource = `
import { defineProvider } from "@virtual-kubelet/provider";

const schema = { "~standard": { version: 1, vendor: "outside", validate: (value) => ({ value }) } };

export const provider = defineProvider({
  name: "outside",
  schema,
  create() {
    const pods = new Map();
    return {
      createPod({ metadata: { namespace, name, uid } }, { revision }) {
        pods.set(uid, { namespace, name, uid, revision, status: { phase: "Running" } });
      },
      deletePod: ({ uid }) => void pods.delete(uid),
      getPod: ({ uid }) => pods.get(uid),
      getPods: () => pods.values(),
    };
  },
});
`;

/** Ends when the node is Ready and a pod runs on it; asks ten times a second for half a minute. */
const useTheNode = `
import { KubernetesClient, resources } from "@virtual-kubelet/kubernetes";
import { connectionFromKubeconfig } from "@virtual-kubelet/kubernetes/kubeconfig";

const signal = AbortSignal.timeout(30_000);
const client = new KubernetesClient({ connection: await connectionFromKubeconfig({ path: "cluster/admin.kubeconfig" }) });

async function until(what, holds) {
  for (let last; ; ) {
    try {
      if (await holds()) return;
    } catch (error) {
      last = error;
    }
    if (signal.aborted) throw new Error(what + " did not come about in 30 seconds.", { cause: last });
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

await until("A Ready node", async () => {
  const { status } = await client.get(resources.nodes, { name: "outside" }, { signal });
  return status?.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True");
});
const metadata = { namespace: "default", name: "visitor" };
const spec = { nodeName: "outside", containers: [{ name: "main", image: "main" }] };
await client.create(resources.pods, { metadata, spec }, { signal });
await until("A running pod", async () => {
  const { status } = await client.get(resources.pods, metadata, { signal });
  return status?.phase === "Running";
});
await client[Symbol.asyncDispose]();
`;

export interface OutsideOptions {
  readonly folder: string;
  readonly tarballs: readonly Tarball[];
  readonly node: Tool;
}

/** A provider that somebody else wrote, in a folder of its own, is loaded by the installed agent and runs a pod of the installed cluster. */
export async function runOutsideProvider({ folder, tarballs, node }: OutsideOptions): Promise<undefined> {
  const names = new Set(["agent", "dev-cluster", "kubernetes", "provider"].map((name) => `@virtual-kubelet/${name}`));
  const packages = tarballs.filter(({ manifest }) => names.has(manifest.name));
  await installProject({ folder, packageManager: "npm", packages, tarballs });
  await writeFile(join(folder, "my-provider.js"), providerSource);
  await writeFile(join(folder, "use-the-node.mjs"), useTheNode);
  await mkdir(join(folder, "cluster"));
  const start = (bin: string, ...args: string[]): RunningProgram =>
    new RunningProgram(spawn(node.path, [binOf(packages, bin, folder), ...args], { cwd: folder }));

  const where = ["--directory", "cluster", "--node-name", "outside"];
  await using cluster = start("virtual-kubelet-dev-cluster", "--port", "0", ...where);
  await cluster.firstLine();
  const how = ["--node-name", "outside", "--kubeconfig", "cluster/node.kubeconfig"];
  await using agent = start("virtual-kubelet", "run", "--provider", "./my-provider.js", ...how);
  const used = command(node.path, ["use-the-node.mjs"], { cwd: folder, timeoutMs: 45_000 });
  used.catch(() => {});
  try {
    await Promise.race([used, agent.failure]);
  } catch (error) {
    throw new Error(`${String(error)}\nThe cluster said:\n${cluster.output}\nThe agent said:\n${agent.output}`, {
      cause: error,
    });
  }
}

function binOf(packages: readonly Tarball[], bin: string, folder: string): string {
  for (const { manifest } of packages) {
    const file = manifest.bin?.[bin];
    if (file) return join(folder, "node_modules", manifest.name, file);
  }
  throw new Error(`No package has the command ${bin}.`);
}
