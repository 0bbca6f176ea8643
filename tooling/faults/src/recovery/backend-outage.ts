import { setTimeout as sleep } from "node:timers/promises";
import { type KubernetesClient, type Pod, resources } from "@virtual-kubelet/kubernetes";
import { nodeName } from "../bench.ts";
import { until } from "../until.ts";
import { namespace, startSite } from "./site.ts";

export interface BackendOutageOptions {
  readonly replicas: number;
  readonly outageMs: number;
  /** Where the backend's log may be. */
  readonly folder: string;
  readonly say: (line: string) => void;
}

/** What a Deployment's pods went through while the backend did not answer. */
export interface BackendOutage {
  /** Pods whose UID is another than before, or that are no more. */
  readonly replaced: number;
  /** Pods that were ever seen not Running. */
  readonly disturbed: number;
  readonly startedAnew: number;
  /** What the node said of itself meanwhile: `Ready=True`, `NetworkUnavailable=True`, … */
  readonly conditions: readonly string[];
  /** Seconds from its return until the node takes pods again. */
  readonly reachableAfter: number;
}

const everyMs = 2_000;

/** Runs a Deployment on a real control plane, stops the backend of its node, and lets it go on. */
export async function measureBackendOutage(options: BackendOutageOptions): Promise<BackendOutage> {
  const { replicas, outageMs, folder, say } = options;
  await using site = await startSite(folder);
  const { client, backend } = site;
  await client.create(resources.deployments, deployment(replicas));
  await until(async () => (await running(client)).length === replicas, { what: "all to run", timeoutMs: 120_000 });
  const before = new Set((await running(client)).map(({ metadata }) => metadata.uid));
  say(`${replicas} pods run; the backend stops for ${outageMs / 1_000} s`);
  backend.pause();
  const conditions = new Set<string>();
  const disturbed = new Set<string>();
  for (const endMs = performance.now() + outageMs; performance.now() < endMs;) {
    await sleep(everyMs);
    for (const condition of await conditionsOf(client)) conditions.add(condition);
    const shown = new Set((await running(client)).map(({ metadata }) => metadata.uid));
    for (const uid of before) if (!shown.has(uid)) disturbed.add(uid);
  }
  backend.resume();
  const backAtMs = performance.now();
  await until(async () => (await conditionsOf(client)).includes("NetworkUnavailable=False"), {
    what: "the node to take pods again",
    timeoutMs: 60_000,
  });
  const reachableAfter = (performance.now() - backAtMs) / 1_000;
  await sleep(5_000);
  const after = new Set((await running(client)).map(({ metadata }) => metadata.uid));
  const replaced = [...before].filter((uid) => !after.has(uid)).length;
  const startedAnew = backend.count("started") - replicas;
  return { replaced, disturbed: disturbed.size, startedAnew, conditions: [...conditions].toSorted(), reachableAfter };
}

async function running(client: KubernetesClient): Promise<readonly Pod[]> {
  const { items } = await client.list(resources.pods, { namespace, fieldSelector: "status.phase=Running" });
  return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

async function conditionsOf(client: KubernetesClient): Promise<readonly string[]> {
  const { status } = await client.get(resources.nodes, { name: nodeName });
  const told = (status?.conditions ?? []).filter(({ type }) => type === "Ready" || type === "NetworkUnavailable");
  return told.map(({ type, status: value }) => `${type}=${value}`);
}

function deployment(replicas: number) {
  const labels = { app: "steady" };
  const spec = { containers: [{ name: "main", image: "app" }] };
  return {
    metadata: { namespace, name: "steady" },
    spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
}
