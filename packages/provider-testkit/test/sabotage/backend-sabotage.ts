import type { PodSpec } from "@virtual-kubelet/kubernetes";
import { setTimeout as sleep } from "node:timers/promises";
import { type PodState, type Provider, ProviderError, isProviderError } from "@virtual-kubelet/provider";
import { PodFeed } from "@virtual-kubelet/pod-toolkit";
import { ownerOf, stats } from "../small/small-provider.ts";
import type { SmallBackend } from "../small/small-backend.ts";
import type { Sabotage } from "../small/small-target.ts";
import { listOf } from "./change-states.ts";

/** Errors of one method that become others. */
function errorsOf(method: "createPod" | "ping", change: (error: unknown) => unknown): Sabotage {
  return (honest) => ({
    async [method](...asked: never[]) {
      try {
        await (honest[method] as (...asked: never[]) => PromiseLike<void>)(...asked);
      } catch (error) {
        const other = change(error);
        if (other instanceof Error) throw other;
      }
    },
  });
}

/** A method that goes on for ever once the backend has hung, whatever its signal says. */
function hangs(method: "createPod" | "deletePod" | "getPod" | "getPods" | "getContainerLogs"): Sabotage {
  return (honest, { backend }) => ({
    async [method](...asked: never[]) {
      if (backend.has("hang")) await sleep(10_000);
      return (honest[method] as (...asked: never[]) => unknown)(...asked) as never;
    },
  });
}

/** Against what is promised of stats, the node, features, and a backend in trouble. */
export const backendSabotage: Readonly<Record<string, Sabotage>> = {
  "stats.running": (honest) => ({
    async getStats(call) {
      const summary = await honest.getStats(call);
      const pods = summary.pods.map((pod) => ({
        ...pod,
        containers: pod.containers.map((one) => ({ ...one, startTime: "" })),
      }));
      return { ...summary, pods };
    },
  }),
  "stats.monotonic": (honest) => {
    let use = 1_000_000;
    return {
      async getStats(call) {
        const summary = await honest.getStats(call);
        use -= 1000;
        const cpu = { time: new Date().toISOString(), usageCoreNanoSeconds: use };
        const pods = summary.pods.map((pod) => ({
          ...pod,
          containers: pod.containers.map((one) => ({ ...one, cpu })),
        }));
        return { ...summary, pods };
      },
    };
  },
  "stats.foreign": (_honest, { backend }) => ({ getStats: () => stats([...backend.pods.values()]) }),

  "node.capacity": () => ({ describeNode: () => ({ capacity: { cpu: "lots" } }) }),
  "node.watch-abort": (honest) => ({
    async *watchNode(call) {
      yield* honest.watchNode(call);
      await new Promise(() => {});
    },
  }),
  "node.ping": (honest, { backend }) => ({
    async ping(call) {
      await honest.ping(call);
      if (!backend.has("hang")) throw new ProviderError("Unavailable", "It does not answer, or so I say.");
    },
  }),

  "features.reasons": (honest) => ({ features: [{ ...honest.features[0], reason: " " }] as never }),
  "features.any-pod": (honest) => ({
    features: honest.features.map((row) => ({
      ...row,
      asks: ({ spec }) => (spec.hostAliases?.[1] ?? noSecond(spec)) !== undefined,
    })),
  }),
  "features.plain-pods": (honest) => ({
    features: [...honest.features, { field: "command", support: "refused", reason: "no", asks: () => true }],
  }),

  "errors.config-missing": errorsOf("createPod", (error) =>
    isProviderError(error, "ConfigMissing") ? new ProviderError("Unavailable", error.message) : error,
  ),
  "errors.config-appears": (honest) => {
    const failed = new Map<string, unknown>();
    return {
      async createPod(pod, call) {
        const { uid } = pod.metadata;
        if (failed.has(uid)) throw failed.get(uid);
        try {
          await honest.createPod(pod, call);
        } catch (error) {
          if (isProviderError(error, "ConfigMissing")) failed.set(uid, error);
          throw error;
        }
      },
    };
  },
  "errors.unreachable": errorsOf("createPod", (error) =>
    isProviderError(error, "Unavailable") ? new ProviderError("InvalidInput", error.message) : error,
  ),
  "errors.unreachable-ping": errorsOf("ping", (error) => (isProviderError(error, "Unavailable") ? undefined : error)),
  "errors.recovers": fallsFor(({ backend }) => backend.has("unreachable")),

  "throttling.code": errorsOf("createPod", (error) =>
    isProviderError(error, "Throttled")
      ? new ProviderError("QuotaExceeded", error.message, { retryAfterMs: error.retryAfterMs ?? 0 })
      : error,
  ),
  "throttling.retry-after": errorsOf("createPod", (error) =>
    isProviderError(error, "Throttled") ? new ProviderError("Throttled", error.message) : error,
  ),
  "throttling.recovers": (honest) => {
    let isGivenUp = false;
    return {
      async createPod(pod, call) {
        if (isGivenUp) throw new ProviderError("Throttled", "It was too much once.", { retryAfterMs: 1000 });
        try {
          await honest.createPod(pod, call);
        } catch (error) {
          isGivenUp = isProviderError(error, "Throttled");
          throw error;
        }
      },
    };
  },

  "consistency.not-absent": (honest, { backend }) => ({
    getPod: (pod, call) =>
      backend.isHidden(pod.uid) && !wasDeleted(backend, pod.uid) ? undefined : honest.getPod(pod, call),
  }),
  "consistency.listed": (honest, { backend }) => ({
    getPods: async (call) => (await listOf(honest, call.signal)).filter(({ uid }) => !backend.isHidden(uid)),
  }),
  "consistency.created-once": (honest, { backend }) => {
    const twice = new Set<string>();
    return {
      async createPod(pod, call) {
        if (backend.isHidden(pod.metadata.uid)) twice.add(pod.metadata.uid);
        await honest.createPod(pod, call);
      },
      async getPods(call) {
        const all = await listOf(honest, call.signal);
        return [...all, ...all.filter(({ uid }) => twice.has(uid))];
      },
    };
  },
  "consistency.deleted": (honest, { backend }) => {
    const returning: PodState[] = [];
    return {
      async deletePod(pod, call) {
        const isHidden = backend.isHidden(pod.uid);
        const state = await honest.getPod(pod, call);
        await honest.deletePod(pod, call);
        if (isHidden && state) returning.push(state);
      },
      getPods: async (call) => [...(await listOf(honest, call.signal)), ...returning],
    };
  },

  "lists.partial": (honest, scope) => ({
    async getPods(call) {
      if (!scope.backend.has("partialList")) return listOf(honest, call.signal);
      return own(scope)
        .slice(1)
        .map(({ state }) => state);
    },
  }),
  "lists.partial-watch": (honest, scope) => ({
    async *watchPods(call) {
      if (!scope.backend.has("partialList")) {
        yield* honest.watchPods(call);
        return;
      }
      const feed = new PodFeed();
      for (const { state } of own(scope).slice(1)) feed.state(state);
      yield* feed.read(call.signal);
    },
  }),
  "lists.failed": (honest, { backend }) => ({
    getPods: (call) => (backend.has("unreachable") ? [] : honest.getPods(call)),
  }),

  "hangs.create": hangs("createPod"),
  "hangs.delete": hangs("deletePod"),
  "hangs.get": hangs("getPod"),
  "hangs.logs": hangs("getContainerLogs"),
  "hangs.list": hangs("getPods"),
  "hangs.ping": (honest, { backend }) => ({
    ping: (call) => (backend.has("hang") ? undefined : honest.ping(call)),
  }),
  "hangs.watch": (honest, { backend }) => ({
    async *watchPods(call) {
      if (backend.has("hang")) await sleep(10_000);
      yield* honest.watchPods(call);
    },
  }),
  "hangs.recovers": fallsFor(({ backend }) => backend.has("hang"), "getPod"),
};

/** What has been in trouble once never takes a pod again. */
function fallsFor(
  isTrouble: (scope: Parameters<Sabotage>[1]) => boolean,
  method: "createPod" | "getPod" = "createPod",
): Sabotage {
  return (honest, scope): Partial<Provider> => {
    let hasFallen = false;
    const before = honest[method] as (...asked: unknown[]) => unknown;
    return {
      async createPod(pod, call) {
        if (hasFallen) throw new ProviderError("Unavailable", "The connection is lost, and nobody makes another.");
        if (method === "createPod") hasFallen = isTrouble(scope);
        await honest.createPod(pod, call);
      },
      ...(method === "getPod"
        ? {
            getPod: (...asked: unknown[]) => {
              hasFallen ||= isTrouble(scope);
              return before(...asked) as never;
            },
          }
        : {}),
    };
  };
}

function own({ backend, context }: Parameters<Sabotage>[1]) {
  return backend.shown().filter(({ owner }) => owner === ownerOf(context));
}

function wasDeleted(backend: SmallBackend, uid: string): boolean {
  return backend.pods.get(uid)?.isDeleting ?? true;
}

/** Takes it for granted that who has one has two. */
function noSecond({ hostAliases = [] }: PodSpec): undefined {
  if (hostAliases.length > 0) throw new TypeError("There is no second alias.");
}
