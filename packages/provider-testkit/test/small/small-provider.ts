import type { Pod } from "@virtual-kubelet/kubernetes";
import { PodFeed, refOf, waiting } from "@virtual-kubelet/pod-toolkit";
import {
  type Call,
  type CreateCall,
  type PodEvent,
  type PodState,
  type Provider,
  type ProviderContext,
  ProviderError,
  type StatsSummary,
  type Variable,
} from "@virtual-kubelet/provider";
import type { SmallBackend } from "./small-backend.ts";
import { SmallPod } from "./small-pod.ts";
import { smallAttach, smallExec, smallLogs, smallPort } from "./small-streams.ts";

export type SmallProvider = Required<Omit<Provider, "recordsEvents" | "oneLifePerName">>;

export interface SmallScope {
  readonly backend: SmallBackend;
  readonly context: ProviderContext;
  /** Pods that this life of the provider had accepted, which the backend may not show yet. */
  readonly accepted: Map<string, PodState>;
}

/** An honest provider: it keeps every sentence of the contract. */
export function smallProvider(scope: SmallScope): SmallProvider {
  const { backend } = scope;
  return {
    createPod: (pod, call) => createPod(scope, pod, call),
    async deletePod(pod, { signal, gracePeriodSeconds }) {
      await backend.request(signal);
      const known = backend.pods.get(pod.uid);
      if (known && !known.hasEnded) return known.stop(gracePeriodSeconds * 1000);
      scope.accepted.delete(pod.uid);
      backend.remove(pod);
    },
    async getPod(pod, { signal }) {
      await backend.request(signal);
      return states(scope).find(({ uid }) => uid === pod.uid);
    },
    async getPods({ signal }) {
      await backend.request(signal);
      if (backend.has("partialList")) throw new ProviderError("Unavailable", "The list has broken off.");
      return states(scope);
    },
    async updatePod(pod, { revision, signal }) {
      await backend.request(signal);
      Object.assign(backend.pods.get(pod.metadata.uid) ?? {}, { pod, revision });
    },
    adoptPod: (_pod, { signal }) => backend.request(signal),
    releasePod: (_pod, { signal }) => backend.request(signal),
    watchPods: (call) => watchPods(scope, call),
    async getContainerLogs(container, call) {
      await backend.request(call.signal);
      return smallLogs(backend, container, call);
    },
    exec: (container, call) => smallExec(backend, container, call),
    attach: (container, call) => smallAttach(backend, container, call),
    forwardPort: (pod, call) => smallPort(backend, pod, call),
    getStats: () => stats(own(scope)),
    describeNode: () => ({ capacity: { cpu: "4", memory: "8Gi", pods: "10" } }),
    async *watchNode({ signal }) {
      yield { capacity: { cpu: "4" } };
      await aborted(signal);
    },
    features: [
      {
        field: "spec.hostNetwork",
        support: "refused",
        reason: "there is none",
        asks: ({ spec }) => spec.hostNetwork === true,
      },
    ],
    ping: ({ signal }) => backend.request(signal),
    [Symbol.asyncDispose]: async () => {},
  };
}

async function createPod({ backend, context, accepted }: SmallScope, pod: Pod, call: CreateCall): Promise<void> {
  await backend.request(call.signal);
  const { uid } = pod.metadata;
  if (backend.pods.has(uid)) return;
  const variables = new Map<string, readonly Variable[]>();
  for (const { name } of [...(pod.spec.initContainers ?? []), ...pod.spec.containers]) {
    variables.set(name, await context.environment({ pod: refOf(pod), container: name }, call));
  }
  const text = await fileOf(pod, context, call);
  const status = waiting(pod, { reason: "ContainerCreating" });
  accepted.set(uid, { ...refOf(pod), revision: call.revision, status });
  const { revision } = call;
  const changed = (changedPod: SmallPod): void => backend.changed(changedPod);
  backend.add(
    new SmallPod(pod, { owner: ownerOf(context), revision, variables, text, quirks: backend.quirks, changed }),
  );
}

async function fileOf(pod: Pod, context: ProviderContext, call: Call): Promise<string> {
  for (const { name: volume } of pod.spec.volumes ?? []) {
    for await (const { files } of context.volume(refOf(pod), { ...call, volume })) {
      return Buffer.from(files[0]?.content ?? []).toString();
    }
  }
  return "";
}

async function* watchPods({ backend, context }: SmallScope, { signal }: Call): AsyncGenerator<PodEvent> {
  await backend.request(signal);
  if (backend.has("loseWatch") || backend.has("partialList"))
    throw new ProviderError("Unavailable", "The list has broken off.");
  const feed = new PodFeed();
  const lost = new AbortController();
  const isOwn = ({ owner }: SmallPod): boolean => owner === ownerOf(context);
  for (const pod of backend.shown()) if (isOwn(pod)) feed.state(pod.state);
  const listener = {
    state: (pod: SmallPod) => isOwn(pod) && feed.state(pod.state),
    gone: (pod: SmallPod) => isOwn(pod) && feed.gone(refOf(pod.pod)),
    lost: () => lost.abort(),
  };
  backend.listeners.add(listener);
  try {
    yield* feed.read(AbortSignal.any([signal, lost.signal]));
  } finally {
    backend.listeners.delete(listener);
  }
}

function states(scope: SmallScope): readonly PodState[] {
  const shown = own(scope).map(({ state }) => state);
  const uids = new Set(shown.map(({ uid }) => uid));
  return [...shown, ...[...scope.accepted.values()].filter(({ uid }) => !uids.has(uid))];
}

function own({ backend, context }: SmallScope): readonly SmallPod[] {
  return backend.shown().filter(({ owner }) => owner === ownerOf(context));
}

export function ownerOf({ clusterId, nodeName }: Pick<ProviderContext, "clusterId" | "nodeName">): string {
  return `${clusterId}/${nodeName}`;
}

export function stats(pods: readonly SmallPod[]): StatsSummary {
  const time = new Date().toISOString();
  return {
    node: { startTime: time },
    pods: pods.map(({ pod, createdAt, containers }) => ({
      podRef: refOf(pod),
      startTime: createdAt,
      containers: containers.flatMap(({ status: { name, state } }) => {
        const startTime = state?.running?.startedAt;
        if (startTime === undefined) return [];
        return [{ name, startTime, cpu: { time, usageCoreNanoSeconds: Date.now() - Date.parse(startTime) } }];
      }),
    })),
  };
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => resolve(), { once: true });
  await promise;
}
