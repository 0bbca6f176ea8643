import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { Pod, PodStatus } from "@virtual-kubelet/kubernetes";
import { finished, running, waiting } from "@virtual-kubelet/pod-toolkit";
import {
  type Call,
  type DefinedProvider,
  type PodEvent,
  type PodRef,
  type PodState,
  type Provider,
  type ProviderContext,
  ProviderError,
  type ProviderErrorCode,
  defineProvider,
} from "@virtual-kubelet/provider";
import { Pool } from "undici";
import { z } from "zod";
import type { BackendPod, PodOrder } from "./backend/backend-pods.ts";

export interface FaultOptions {
  /** Where the backend listens. */
  readonly url: string;
  /** Without it the node polls. */
  readonly watch?: boolean | undefined;
  readonly capacity?: Record<string, string> | undefined;
}

const faultOptions: z.ZodType<FaultOptions, FaultOptions> = z.strictObject({
  url: z.string(),
  watch: z.boolean().optional(),
  capacity: z.record(z.string(), z.string()).optional(),
});

/** The backend of these tests, as a provider. How a pod behaves there stands in its annotations: `backend/runMs: "500"`. */
export const provider: DefinedProvider<FaultOptions, FaultOptions> = defineProvider({
  name: "faults",
  schema: faultOptions,
  create: (given, context) => faultProvider(given, context),
});

export function faultProvider({ url, watch = true, capacity }: FaultOptions, context: ProviderContext): Provider {
  const pool = new Pool(url, { connections: 64 });
  const owner = `${context.clusterId}/${context.nodeName}`;
  const isOurs = (pod: BackendPod): boolean => pod.owner === owner;
  return {
    createPod: (pod, { revision, signal }) =>
      ask(pool, { method: "PUT", path: `/pods/${pod.metadata.uid}`, body: orderOf(pod, revision, owner), signal }),
    updatePod: (pod, { revision, signal }) =>
      ask(pool, { method: "PATCH", path: `/pods/${pod.metadata.uid}`, body: { revision }, signal }),
    deletePod: ({ uid }, { gracePeriodSeconds, signal }) =>
      ask(pool, { method: "DELETE", path: `/pods/${uid}?graceMs=${gracePeriodSeconds * 1000}`, signal }),
    async getPod(ref, { signal }) {
      const pod = await found<BackendPod>(ask(pool, { method: "GET", path: `/pods/${ref.uid}`, signal }));
      return pod && isOurs(pod) ? stateOf(pod) : undefined;
    },
    getPods: (call) => listed(pool, isOurs, call),
    ...(watch ? { watchPods: (call: Call) => watched(pool, isOurs, call) } : {}),
    describeNode: () => ({ capacity: capacity ?? { cpu: "1000", memory: "4Ti", pods: "20000" } }),
    ping: async ({ signal }) => void (await ask(pool, { method: "GET", path: "/ping", signal })),
    [Symbol.asyncDispose]: () => pool.destroy(),
  };
}

function orderOf(pod: Pod, revision: string, owner: string): PodOrder {
  const { annotations = {}, namespace, name, uid } = pod.metadata;
  const numbers = Object.entries(annotations)
    .filter(([key]) => key.startsWith("backend/"))
    .map(([key, value]) => [key.slice("backend/".length), Number(value)] as const);
  const containers = pod.spec.containers.map((container) => container.name);
  return { uid, namespace, name, revision, owner, containers, ...Object.fromEntries(numbers) };
}

async function* listed(pool: Pool, isOurs: (pod: BackendPod) => boolean, { signal }: Call): AsyncGenerator<PodState> {
  for (let start: number | undefined = 0; start !== undefined;) {
    const page: { readonly pods: readonly BackendPod[]; readonly next?: number } = await ask(pool, {
      method: "GET",
      path: `/pods?start=${start}`,
      signal,
    });
    for (const pod of page.pods) if (isOurs(pod)) yield stateOf(pod);
    start = page.next;
  }
}

async function* watched(pool: Pool, isOurs: (pod: BackendPod) => boolean, { signal }: Call): AsyncGenerator<PodEvent> {
  const { statusCode, body } = await pool
    .request({ method: "GET", path: "/watch", signal, bodyTimeout: 0 })
    .catch((cause: Error) => unreachable(cause));
  if (statusCode !== 200) throw new ProviderError("Unavailable", `The backend answered a watch with ${statusCode}`);
  for await (const line of createInterface(body as Readable)) {
    const event = JSON.parse(line) as { pod?: BackendPod; gone?: PodRef; synced?: boolean };
    if (event.synced) yield { type: "synced" };
    else if (event.gone) yield { type: "gone", pod: event.gone };
    else if (event.pod && isOurs(event.pod)) yield { type: "state", pod: stateOf(event.pod) };
  }
}

const codes: Readonly<Record<number, ProviderErrorCode>> = {
  401: "Unauthorized",
  404: "NotFound",
  409: "Conflict",
  429: "Throttled",
  507: "QuotaExceeded",
};

interface Asking {
  readonly method: "GET" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body?: object;
  readonly signal: AbortSignal;
}

async function ask<T>(pool: Pool, { method, path, body, signal }: Asking): Promise<T> {
  const answer = await pool
    .request({ method, path, signal, ...(body ? { body: JSON.stringify(body) } : {}) })
    .catch((cause: Error) => unreachable(cause));
  const text = await answer.body.text();
  const { statusCode, headers } = answer;
  if (statusCode === 200) return JSON.parse(text) as T;
  const { message } = JSON.parse(text || "{}") as { readonly message?: string };
  const retryAfter = Number(headers["retry-after"]);
  const options = retryAfter > 0 ? { retryAfterMs: retryAfter * 1000 } : {};
  throw new ProviderError(codes[statusCode] ?? "Unavailable", message ?? `The backend answered ${statusCode}`, options);
}

function unreachable(cause: Error): never {
  if (cause.name === "AbortError") throw cause;
  throw new ProviderError("Unavailable", `The backend cannot be reached: ${cause.message}`, { cause });
}

async function found<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ProviderError && error.code === "NotFound") return undefined;
    throw error;
  }
}

function stateOf(pod: BackendPod): PodState {
  const { uid, namespace, name, revision } = pod;
  return { uid, namespace, name, revision, status: statusOf(pod) };
}

/** As a backend does it that keeps no pod: from what little it knows. */
function statusOf({ uid, namespace, name, containers, phase, isReady, ...times }: BackendPod): PodStatus {
  const pod: Pod = {
    metadata: { uid, namespace, name },
    spec: { containers: containers.map((container) => ({ name: container, image: "app" })) },
  };
  const { startedAt, finishedAt, endedWith } = times;
  const facts = { ...(startedAt ? { startedAt } : {}), podIP: "10.99.0.1", hostIP: "10.99.0.1" };
  if (phase === "starting") return waiting(pod, { reason: "ContainerCreating" });
  if (phase === "running") return withReadiness(running(pod, facts), isReady);
  const end = { exitCode: endedWith ?? 0, startedAt: startedAt ?? "", finishedAt: finishedAt ?? "" };
  return finished(pod, end, facts);
}

function withReadiness(status: PodStatus, ready = true): PodStatus {
  const { containerStatuses = [] } = status;
  return { ...status, containerStatuses: containerStatuses.map((container) => ({ ...container, ready })) };
}
