import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { type Endpoint, type Trial, type TrialTarget, get, logsPath, startTrial } from "@virtual-kubelet/stream-load";
import { areBuilt, controlPlanePrograms, newestVersion, startControlPlane } from "@virtual-kubelet/control-plane";
import { PlainTls, byteServer } from "./plain-tls.ts";

/** A way to a node's streams. */
export interface Way {
  readonly name: "direct" | "through the API server";
  readonly endpoint: Endpoint;
}

/** What is measured, and what it is compared with. */
export interface Scene extends AsyncDisposable {
  readonly trial: Trial;
  readonly plain: PlainTls;
  readonly ways: readonly Way[];
  /** Where commands are run. */
  readonly idle: TrialTarget;
  /** It has written some mebibytes of log. */
  readonly talker: TrialTarget;
  /** It serves bytes on a port. */
  readonly server: TrialTarget & { readonly port: number };
  /** `Kubernetes 1.37.2`; the node is in the embedded cluster where that was never built. */
  readonly cluster: string;
}

const logScript = `yes 'a line of a log, as long as such lines often are, with a number and some words' | head -c ${8 * 2 ** 20}; echo; echo end; exec sleep 1000000`;

export async function startScene(): Promise<Scene> {
  const isReal = await areBuilt(newestVersion, controlPlanePrograms);
  const trial = await (isReal ? startTrial(realCluster) : startTrial());
  const plain = await PlainTls.start();
  const [idle, talker, server] = await Promise.all([
    trial.runPod("idle", { command: ["sleep", "1000000"] }),
    trial.runPod("talker", { command: ["sh", "-c", logScript] }),
    trial.runPod("server", { command: [process.execPath, byteServer] }),
  ]);
  const port = Number(await untilSaid(trial, server, /^(\d+)\n/));
  await untilSaid(trial, talker, /\n(end)\n$/);
  const direct: Way = { name: "direct", endpoint: trial.node };
  const through: Way = { name: "through the API server", endpoint: trial.apiServer };
  return {
    trial,
    plain,
    ways: isReal ? [direct, through] : [direct],
    idle,
    talker,
    server: { ...server, port },
    cluster: isReal ? `Kubernetes ${newestVersion}` : "the embedded cluster",
    async [Symbol.asyncDispose]() {
      await plain[Symbol.asyncDispose]();
      await trial[Symbol.asyncDispose]();
    },
  };
}

async function realCluster() {
  const cluster = await startControlPlane();
  return {
    admin: cluster.admin,
    kubeconfig: cluster.kubeconfig,
    nodeKubeconfig: (nodeName: string) => {
      const identity = { commonName: `system:node:${nodeName}`, organizations: ["system:nodes"] };
      return cluster.kubeconfigOf(nodeName, { clientCertificate: cluster.issueClientCertificate(identity) });
    },
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}

async function untilSaid({ node }: Trial, target: TrialTarget, pattern: RegExp): Promise<string> {
  for (let tries = 0; tries < 600; tries++) {
    const said = await text(await get(node, logsPath(node, target, "tailLines=2")));
    const found = pattern.exec(said)?.[1];
    if (found !== undefined) return found;
    await delay(50);
  }
  throw new Error(`Pod ${target.pod} does not say what it should`);
}
