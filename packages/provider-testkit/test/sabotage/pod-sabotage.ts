import { type Provider, ProviderError } from "@virtual-kubelet/provider";
import type { SmallPod } from "../small/small-pod.ts";
import { ownerOf } from "../small/small-provider.ts";
import type { Sabotage } from "../small/small-target.ts";
import { changeStates, changeStatus, eachContainer, listOf } from "./change-states.ts";

/** Starts a pod's containers anew, whatever they do. */
export function startAnew(pod: SmallPod | undefined): void {
  for (const container of pod?.containers ?? []) {
    container.end(137);
    container.start();
  }
}

export const podSabotage: Readonly<Record<string, Sabotage>> = {
  "pods.accepted": (honest) => changeStates(honest, (state) => ({ ...state, namespace: "elsewhere" })),
  "pods.runs": (honest) =>
    changeStatus(honest, (status) =>
      eachContainer(status, (one) =>
        one.state?.running && !status.initContainerStatuses
          ? { ...one, state: { running: { startedAt: "just now" } } }
          : one,
      ),
    ),
  "pods.each-container": (honest) =>
    changeStatus(honest, (status) => ({ ...status, containerStatuses: (status.containerStatuses ?? []).slice(0, 1) })),
  "pods.revision": (honest, { life }) => {
    const updated = new Set<string>();
    return {
      ...changeStates(honest, ({ revision, ...state }) =>
        life === 1 && !updated.has(state.uid) ? state : { ...state, ...(revision ? { revision } : {}) },
      ),
      async updatePod(pod, call) {
        updated.add(pod.metadata.uid);
        await honest.updatePod(pod, call);
      },
    };
  },
  "pods.create-again": (honest, { backend, life }) => {
    const created = new Set<string>();
    return {
      async createPod(pod, call) {
        const { uid } = pod.metadata;
        await honest.createPod(pod, call);
        // Only a repetition in the same life, of a pod that shows: other sentences have the other repetitions.
        if (life === 1 && created.has(uid) && !backend.isHidden(uid)) startAnew(backend.pods.get(uid));
        created.add(uid);
      },
    };
  },
  "pods.create-aborted": (honest) => {
    const doubtful = new Set<string>();
    return {
      async createPod(pod, call) {
        const { uid } = pod.metadata;
        if (doubtful.has(uid)) throw new ProviderError("Conflict", "It may be there already.");
        await Promise.resolve();
        // The hanging backend has checks of its own.
        if (call.signal.aborted && call.revision === "v1:a") doubtful.add(uid);
        await honest.createPod(pod, call);
      },
    };
  },
  "pods.succeeded": (honest, { backend }) =>
    changeStates(honest, (state) => {
      const isPlain = backend.pods.get(state.uid)?.pod.spec.restartPolicy === "Never";
      if (!isPlain || state.status?.phase !== "Succeeded") return state;
      return { ...state, status: { ...state.status, phase: "Failed" } };
    }),
  "pods.failed": (honest) =>
    changeStatus(honest, (status) =>
      eachContainer(status, (one) =>
        one.state?.terminated?.exitCode === 3
          ? { ...one, state: { terminated: { ...one.state.terminated, exitCode: 1 } } }
          : one,
      ),
    ),
  "pods.end-times": (honest) =>
    changeStatus(honest, (status) =>
      eachContainer(status, (one) => {
        if (!one.state?.terminated) return one;
        const { finishedAt: _finishedAt, ...terminated } = one.state.terminated;
        return { ...one, state: { terminated } };
      }),
    ),
  "pods.unchanged": (honest) => changeStatus(honest, (status) => ({ ...status, startTime: new Date().toISOString() })),
  "pods.unknown": (honest) => ({
    async getPod(pod, call) {
      const state = await honest.getPod(pod, call);
      if (!state) throw new ProviderError("NotFound", "There is none.");
      return state;
    },
  }),
  "pods.other-uid": (honest) => {
    const created = new Set<string>();
    return {
      async createPod(pod, call) {
        created.add(pod.metadata.uid);
        await honest.createPod(pod, call);
      },
      async getPod(pod, call) {
        if (created.has(pod.uid)) return honest.getPod(pod, call);
        const namesake = (await listOf(honest, call.signal)).find(({ name }) => name === pod.name);
        return namesake && { ...namesake, uid: pod.uid };
      },
    };
  },
  "pods.namesakes": (honest) => ({
    async getPod(pod, call) {
      const state = await honest.getPod(pod, call);
      const namesakes = (await listOf(honest, call.signal)).filter(({ name }) => name === pod.name);
      return state && (namesakes.at(-1) ?? state);
    },
  }),
  "pods.list": (honest) => ({
    getPods: async (call) => (await listOf(honest, call.signal)).filter(({ status }) => status?.phase !== "Succeeded"),
  }),
  "pods.other-node": (honest, { backend, context }) => ({
    async getPods(call) {
      const own = await listOf(honest, call.signal);
      const others = [...backend.pods.values()].filter(
        ({ owner }) => owner.endsWith("-b") && owner.startsWith(`${context.clusterId}/`),
      );
      return [...own, ...others.map(({ state }) => state)];
    },
  }),
  "pods.other-cluster": (honest, { backend, context }) => ({
    async getPods(call) {
      const own = await listOf(honest, call.signal);
      const others = [...backend.pods.values()].filter(
        ({ owner }) => owner !== ownerOf(context) && owner.endsWith(`/${context.nodeName}`),
      );
      return [...own, ...others.map(({ state }) => state)];
    },
  }),

  "containers.restart-always": (_honest, { backend }) => quirk(backend.quirks, { neverRestarts: true }),
  "containers.no-restart-on-success": (_honest, { backend }) => quirk(backend.quirks, { restartsOnSuccess: true }),
  "containers.init-order": (_honest, { backend }) => quirk(backend.quirks, { startsAllAtOnce: true }),
  "containers.init-failed": (_honest, { backend }) => quirk(backend.quirks, { overlooksInitFailure: true }),
  "containers.environment": (_honest, { context }) =>
    withEnvironment(context, (value) => value.replaceAll("$HOME", "/root")),
  "containers.volume": (_honest, { context }) => {
    const volume = context.volume.bind(context);
    Object.assign(context, {
      async *volume(...asked: Parameters<typeof volume>) {
        for await (const { files } of volume(...asked)) {
          yield { files: files.map((file) => ({ ...file, content: file.content.slice(1) })) };
        }
      },
    });
    return {};
  },
  "containers.secret": (honest, { context }) => {
    const seen: string[] = [];
    const give = withEnvironment(context, (value) => {
      seen.push(value);
      return value;
    });
    return { ...give, ...changeStates(honest, (state) => ({ ...state, annotations: { seen: seen.join() } })) };
  },
};

/** The context is the scope's: what is lent through it is changed in place. */
function withEnvironment(
  context: Parameters<Sabotage>[1]["context"],
  change: (value: string) => string,
): Partial<Provider> {
  const environment = context.environment.bind(context);
  Object.assign(context, {
    environment: async (...asked: Parameters<typeof environment>) =>
      (await environment(...asked)).map((one) => ({ ...one, value: change(one.value) })),
  });
  return {};
}

function quirk(quirks: object, change: object): Partial<Provider> {
  Object.assign(quirks, change);
  return {};
}
