import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ControlPlane, startControlPlane } from "@virtual-kubelet/control-plane";
import type { Belongings } from "@virtual-kubelet/integration/belongings";
import type { Pod } from "@virtual-kubelet/kubernetes";
import { inject } from "vitest";
import { NodeAgent } from "./node-agent.ts";
import { Workbench } from "./workbench.ts";

/** A control plane that a test may break, with a node of its own and an administrator's tools. */
export interface Breakable {
  readonly cluster: ControlPlane;
  readonly agent: NodeAgent;
  readonly it: Workbench;
}

export const brokenNodeName = "edge";

/** All of it ends with `belongings`. */
export async function breakable(version: string, belongings: Belongings): Promise<Breakable> {
  const stage = inject("stage");
  const folder = mkdtempSync(join(tmpdir(), "virtual-kubelet-outage-"));
  belongings.defer(() => rmSync(folder, { recursive: true, force: true }));
  const cluster = belongings.use(await startControlPlane({ version, address: stage.address }));
  const nodeName = brokenNodeName;
  const identity = { commonName: `system:node:${nodeName}`, organizations: ["system:nodes"] };
  const kubeconfig = cluster.kubeconfigOf(nodeName, { clientCertificate: cluster.issueClientCertificate(identity) });
  const agent = belongings.use(new NodeAgent({ nodeName, kubeconfig, address: stage.address, folder }));
  const it = belongings.use(await Workbench.open({ ...stage, nodeName, folder, kubeconfig: cluster.kubeconfig }));
  return { cluster, agent, it };
}

/** Which container each pod runs, by the pod's UID: what must be the same after a fault. */
export function runsOf(pods: readonly Pod[]): ReadonlyMap<string, string | undefined> {
  return new Map(pods.map(({ metadata, status }) => [metadata.uid, status?.containerStatuses?.[0]?.containerID]));
}
