import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "@virtual-kubelet/bootstrap/until";
import { type ControlPlane, startControlPlane } from "@virtual-kubelet/control-plane";
import { KubernetesClient, resources } from "@virtual-kubelet/kubernetes";
import { imageMap } from "../images/image-map.ts";
import { runSuite } from "../suite/run-suite.ts";
import { ConformanceNode } from "./conformance-node.ts";
import type { ConformancePlan } from "./conformance-plan.ts";

const nodeName = "conformance";

/** Starts a control plane and its only node, and runs the suite against them. */
export async function runInCluster(plan: ConformancePlan, address: string): Promise<void> {
  const { release, folder, reports } = plan;
  await using cluster = await startControlPlane({ version: release, address });
  const identity = { commonName: `system:node:${nodeName}`, organizations: ["system:nodes"] };
  const kubeconfig = cluster.kubeconfigOf(nodeName, { clientCertificate: cluster.issueClientCertificate(identity) });
  const logFile = join(reports, "agent.log");
  const images = imageMap(plan.roots);
  // Nothing carries the addresses of services here.
  const { host: apiServerForPods } = new URL(cluster.server);
  const files = { folder, kubeconfig, logFile };
  await using node = new ConformanceNode({ ...files, nodeName, address, images, apiServerForPods });
  await nodeReady(cluster, node);
  await runSuite({ ...plan, kubeconfig: cluster.kubeconfig });
  writeFileSync(join(reports, "kube-apiserver.log"), cluster.apiServer.log());
  node.assertAlive();
}

async function nodeReady(cluster: ControlPlane, node: ConformanceNode): Promise<void> {
  await using client = new KubernetesClient({ connection: cluster.admin });
  const isReady = async (): Promise<boolean> => {
    node.assertAlive();
    const { items } = await client.list(resources.nodes, {});
    return items.some(({ status }) =>
      status?.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True"),
    );
  };
  await until(isReady, { what: "the node to be Ready", limitMs: 60_000 });
}
