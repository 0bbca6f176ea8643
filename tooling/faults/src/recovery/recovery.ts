import { setTimeout as sleep } from "node:timers/promises";
import type { AuditEvent } from "@virtual-kubelet/control-plane";
import { type KubernetesClient, type Pod, resources } from "@virtual-kubelet/kubernetes";
import { podOf } from "../bench.ts";
import { until } from "../until.ts";
import { type Site, namespace, startSite, user } from "./site.ts";

export interface RecoveryOptions {
  readonly pods: number;
  /** How many of them end while the API server is away. */
  readonly ending: number;
  readonly outageMs: number;
  /** Where the backend's log may be. */
  readonly folder: string;
  readonly say: (line: string) => void;
}

/** What an outage of the API server cost; times are seconds after `readyz`, less than none when the server answered before. */
export interface Recovery {
  readonly watchedAfter: number;
  readonly leaseAfter: number;
  readonly endedPodsRightAfter: number;
  /** Pods that did not end, and are now shown otherwise than before. */
  readonly disturbed: number;
  readonly podLists: number;
  /** Statuses that were written of pods that did not end. */
  readonly needlessWrites: number;
  readonly startedAnew: number;
  /** `patch pods/status` → how many of them the node has sent since. */
  readonly requests: Readonly<Record<string, number>>;
}

const atOnce = 16;
/** All must be right by then. Milliseconds. */
const rightWithinMs = 5_000;

/** Runs that many pods on a real control plane, takes its API server away and brings it back. */
export async function measureRecovery(options: RecoveryOptions): Promise<Recovery> {
  await using site = await startSite(options.folder);
  options.say(`creates ${options.pods} pods`);
  await createPods(site.client, options.pods);
  await untilAllRun(site.client, options.pods);
  return await afterOutage(site, options);
}

async function afterOutage(
  { cluster, client, backend, node }: Site,
  { pods, ending, outageMs, say }: RecoveryOptions,
): Promise<Recovery> {
  say(`${pods} pods run; the API server goes away for ${outageMs / 1_000} s`);
  const before = await shownPods(client);
  await cluster.apiServer.kill();
  const changed = new Set([...before.keys()].slice(0, ending));
  for (const uid of changed) await backend.tamper(uid, "finish", 3);
  await sleep(outageMs);
  const startedAt = Date.now();
  await cluster.apiServer.start();
  const outage: Outage = { startedAt, backAt: Date.now(), changed, before };
  say("readyz");
  const endedPodsRightAfter = await untilEndedAreRight(client, outage);
  await sleep(Math.max(0, outage.backAt + rightWithinMs - Date.now()));
  const after = await shownPods(client);
  const disturbed = [...before].filter(([uid, shown]) => !changed.has(uid) && after.get(uid)?.text !== shown.text);
  const startedAnew = backend.count("started") - pods;
  // A watch is in the log when it has ended.
  await node[Symbol.asyncDispose]();
  await sleep(2_000);
  const requests = judged(await cluster.auditEvents(), outage);
  return { ...requests, endedPodsRightAfter, disturbed: disturbed.length, startedAnew };
}

async function createPods(client: KubernetesClient, count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, index) => `pod-${String(index).padStart(5, "0")}`).values();
  const worker = async () => {
    for (const name of names) await client.create(resources.pods, podOf(name), { timeoutMs: 60_000 });
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

async function untilAllRun(client: KubernetesClient, count: number): Promise<void> {
  const fieldSelector = "status.phase=Running";
  await until(
    async () => {
      await sleep(1_000);
      return (
        (await client.list(resources.pods, { namespace, fieldSelector, timeoutMs: 60_000 })).items.length === count
      );
    },
    { what: `${count} pods to run`, timeoutMs: 600_000 },
  );
}

interface Shown {
  readonly name: string;
  /** All that the node says of it. */
  readonly text: string;
}

async function shownPods(client: KubernetesClient): Promise<ReadonlyMap<string, Shown>> {
  const { items } = await client.list(resources.pods, { namespace, timeoutMs: 120_000 });
  return new Map(items.map((pod) => [pod.metadata.uid, { name: pod.metadata.name, text: textOf(pod) }]));
}

function textOf({ status: { phase, podIP, containerStatuses } = {} }: Pod): string {
  return JSON.stringify({ phase, podIP, containerStatuses });
}

interface Outage {
  readonly startedAt: number;
  readonly backAt: number;
  readonly changed: ReadonlySet<string>;
  readonly before: ReadonlyMap<string, Shown>;
}

async function untilEndedAreRight(client: KubernetesClient, { changed, backAt }: Outage): Promise<number> {
  const fieldSelector = "status.phase=Failed";
  await until(
    async () => {
      await sleep(100);
      return (await client.list(resources.pods, { namespace, fieldSelector })).items.length >= changed.size;
    },
    { what: "the pods that ended to be shown so", timeoutMs: 120_000 },
  );
  return (Date.now() - backAt) / 1_000;
}

function judged(
  all: readonly AuditEvent[],
  { startedAt, backAt, changed, before }: Outage,
): Pick<Recovery, "watchedAfter" | "leaseAfter" | "podLists" | "needlessWrites" | "requests"> {
  const events = all.filter(
    (event) => event.user.username === user && Date.parse(event.requestReceivedTimestamp) >= startedAt,
  );
  const isPods = ({ objectRef }: AuditEvent) => objectRef?.resource === "pods" && !objectRef.subresource;
  const isList = (event: AuditEvent) =>
    isPods(event) && (event.verb === "list" || event.requestURI.includes("sendInitialEvents=true"));
  const changedNames = new Set([...changed].map((uid) => before.get(uid)?.name));
  const kindOf = ({ verb, objectRef: { resource = "", subresource } = {} }: AuditEvent) =>
    `${verb} ${resource}${subresource ? `/${subresource}` : ""}`;
  const writes = events.filter((event) => kindOf(event) === "patch pods/status");
  const firstAfter = (is: (event: AuditEvent) => boolean): number => {
    const heard = events.filter((event) => is(event) && (event.responseStatus?.code ?? 0) < 300);
    const times = heard.map((event) => Date.parse(event.requestReceivedTimestamp));
    return (Math.min(...times) - backAt) / 1_000;
  };
  return {
    watchedAfter: firstAfter((event) => isPods(event) && event.verb === "watch"),
    leaseAfter: firstAfter((event) => kindOf(event) === "patch leases"),
    podLists: events.filter(isList).length,
    needlessWrites: writes.filter(({ objectRef }) => !changedNames.has(objectRef?.name)).length,
    requests: Object.fromEntries([...Map.groupBy(events, kindOf)].map(([kind, list]) => [kind, list.length])),
  };
}
