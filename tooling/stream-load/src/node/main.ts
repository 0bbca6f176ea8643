/* What a started node runs: `node main.ts <setup>`, with a channel to its owner. */
import { performance } from "node:perf_hooks";
import { text } from "node:stream/consumers";
import { connectionFromKubeconfig } from "@virtual-kubelet/kubernetes/kubeconfig";
import type { ExecCall, Provider } from "@virtual-kubelet/provider";
import { processes } from "@virtual-kubelet/provider-process";
import { VirtualNode } from "virtual-kubelet";
import type { NodeOrder, NodeReport, NodeSetup } from "./messages.ts";

const { nodeName, kubeconfig, directory, address } = JSON.parse(process.argv[2] ?? "") as NodeSetup;
let provider: Provider | undefined;
const node = new VirtualNode({
  name: nodeName,
  provider: async (context) => (provider = await processes({ directory, address })(context)),
  connection: await connectionFromKubeconfig({ path: kubeconfig }),
  kubeletApi: { address, port: 0, hostAddress: address },
  taints: [],
});

process.on("message", (order: NodeOrder) => void answer(order));
// Without its owner it is nobody's.
process.on("disconnect", () => process.exit());
const running = node.run();
await node.ready;
process.send?.("ready");
await running;

async function answer(order: NodeOrder): Promise<void> {
  const durationsMs = order.order === "run" ? await run(order) : [];
  const report: NodeReport = { resources: held(), rssBytes: process.memoryUsage.rss(), durationsMs };
  process.send?.(report);
}

function held(): Readonly<Record<string, number>> {
  const kinds = Map.groupBy(process.getActiveResourcesInfo().toSorted(), (kind) => kind);
  return Object.fromEntries([...kinds].map(([kind, { length }]) => [kind, length]));
}

async function run({ target, command, times }: Extract<NodeOrder, { order: "run" }>): Promise<readonly number[]> {
  const { namespace, pod: name, uid, container } = target;
  const durationsMs: number[] = [];
  for (let index = 0; index < times; index++) {
    const startedAt = performance.now();
    const { signal } = new AbortController();
    const call: ExecCall = { command, tty: false, stdin: false, stdout: true, stderr: true, signal };
    const started = await provider?.exec?.({ pod: { namespace, name, uid }, container }, call);
    if (started) await Promise.all([text(started.stdout as AsyncIterable<Uint8Array>), started.wait()]);
    durationsMs.push(performance.now() - startedAt);
  }
  return durationsMs;
}
