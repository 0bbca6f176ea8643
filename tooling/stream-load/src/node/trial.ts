import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Belongings } from "@virtual-kubelet/integration/belongings";
import { type Draft, KubernetesClient, type Node, type Pod, resources } from "@virtual-kubelet/kubernetes";
import { stopSupervisor } from "@virtual-kubelet/provider-process";
import type { Endpoint } from "../clients/endpoint.ts";
import type { PodContainer } from "../clients/paths.ts";
import { StartedNode } from "./started-node.ts";
import { type TrialCluster, embeddedTrialCluster } from "./trial-cluster.ts";

/** A node in a process of its own, in a cluster, and the ways that lead to the streams of its pods. */
export interface Trial extends AsyncDisposable {
  /** The node itself. */
  readonly node: Endpoint;
  /** The API server before it. */
  readonly apiServer: Endpoint;
  readonly process: StartedNode;
  /** A kubeconfig of the administrator: its path. */
  readonly kubeconfig: string;
  /** Where the node's supervisor keeps what it has. */
  readonly stateDirectory: string;
  /** Starts a pod of one container, a process of this host, and resolves when it runs. */
  runPod(name: string, container: TrialContainer): Promise<TrialTarget>;
}

export interface TrialContainer {
  readonly command: readonly string[];
  /** Whether its process has a stdin. */
  readonly stdin?: boolean;
}

export interface TrialTarget extends PodContainer {
  readonly uid: string;
}

const nodeName = "trial";
const namespace = "default";
const address = "127.0.0.1";
const limitMs = 30_000;

/** @param startCluster given a folder that ends with the trial; the embedded cluster, if not said. */
export async function startTrial(
  startCluster: (folder: string) => Promise<TrialCluster> = embeddedTrialCluster,
): Promise<Trial> {
  await using belongings = new Belongings();
  // Sockets are in it, whose paths must be short.
  const folder = mkdtempSync(join(tmpdir(), "vk-trial-"));
  const stateDirectory = join(folder, "state");
  belongings.defer(() => rmSync(folder, { recursive: true, force: true }));
  belongings.defer(() => stopSupervisor({ directory: stateDirectory }));
  const cluster = belongings.use(await startCluster(folder));
  const client = belongings.use(new KubernetesClient({ connection: cluster.admin }));
  const kubeconfig = cluster.nodeKubeconfig(nodeName);
  const process = belongings.use(await StartedNode.start({ nodeName, kubeconfig, directory: stateDirectory, address }));
  const { cert = "", key = "" } = await cluster.admin.credentials({
    refresh: false,
    signal: AbortSignal.timeout(limitMs),
  });
  const { hostname, port } = new URL(cluster.admin.server);
  const owned = belongings.move();
  return {
    node: { host: address, port: await portOfNode(client), cert, key, dialect: "node" },
    apiServer: { host: hostname, port: Number(port), cert, key, dialect: "api-server" },
    process,
    kubeconfig: cluster.kubeconfig,
    stateDirectory,
    runPod: (name, container) => runPod(client, name, container),
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

async function portOfNode(client: KubernetesClient): Promise<number> {
  return until(`node ${nodeName} to say its port`, async () => {
    const { status }: Node = await client.get(resources.nodes, { name: nodeName });
    return status?.daemonEndpoints?.kubeletEndpoint?.Port;
  });
}

async function runPod(
  client: KubernetesClient,
  name: string,
  { command, stdin = false }: TrialContainer,
): Promise<TrialTarget> {
  const container = "main";
  const pod: Draft<Pod> = {
    metadata: { namespace, name },
    spec: {
      nodeName,
      terminationGracePeriodSeconds: 0,
      containers: [{ name: container, image: "host", command: [...command], stdin }],
    },
  };
  // It is refused until the namespace has its service account.
  const { metadata } = await until(`pod ${name} to be taken`, () => client.create(resources.pods, pod));
  await until(`pod ${name} to run`, async () => {
    const { status } = await client.get(resources.pods, { namespace, name });
    return status?.phase === "Running" || undefined;
  });
  return { namespace, pod: name, container, uid: metadata.uid };
}

/** Asks again and again until there is an answer. */
async function until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  const end = performance.now() + limitMs;
  let cause: unknown;
  while (performance.now() < end) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      cause = error;
    }
    await delay(50);
  }
  throw new Error(`Waited ${limitMs / 1000} s in vain for ${what}`, { cause });
}
