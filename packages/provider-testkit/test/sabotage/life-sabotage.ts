import { type PodEvent, ProviderError } from "@virtual-kubelet/provider";
import { ownerOf } from "../small/small-provider.ts";
import type { Sabotage } from "../small/small-target.ts";
import { changeStates, changeStatus, changeWatch, eachContainer, listOf } from "./change-states.ts";
import { startAnew } from "./pod-sabotage.ts";

/** Against what is promised of watches, restarts, deletion and updates. */
export const lifeSabotage: Readonly<Record<string, Sabotage>> = {
  "watch.starts-with-what-is-there": (honest) => {
    return {
      async *watchPods(call) {
        let isTold = false;
        for await (const event of honest.watchPods(call)) {
          // It says synced before it has said anything, and then all that is there.
          if (!isTold && event.type === "state" && event.pod.status?.phase === "Running") yield { type: "synced" };
          isTold = true;
          yield event;
        }
      },
    };
  },
  "watch.synced-when-empty": (honest) => ({
    async *watchPods(call) {
      const isEmpty = (await listOf(honest, call.signal)).length === 0;
      for await (const event of honest.watchPods(call)) {
        yield event;
        if (event.type === "synced" && isEmpty) yield { type: "synced" };
      }
    },
  }),
  "watch.new-pod": (honest) => ({
    async *watchPods(call) {
      const first = new Set<string>();
      let isSynced = false;
      for await (const event of honest.watchPods(call)) {
        if (event.type === "synced") isSynced = true;
        else if (!isSynced) first.add(event.pod.uid);
        if (event.type !== "state" || first.has(event.pod.uid)) yield event;
      }
    },
  }),
  "watch.end": (honest) =>
    changeWatch(honest, (event) => (event.type === "state" && event.pod.status?.phase === "Failed" ? [] : [event])),
  "watch.gone": (honest) => changeWatch(honest, (event) => (event.type === "gone" ? [] : [event])),
  "watch.abort": (honest) => ({
    async *watchPods(call) {
      yield* honest.watchPods(call);
      if (call.signal.aborted) await new Promise(() => {});
    },
  }),
  "watch.again": (honest, { life }) => {
    let ended = 0;
    return {
      async *watchPods(call) {
        const isAgain = ended > 0 && life === 1;
        let isSynced = false;
        try {
          for await (const event of honest.watchPods(call)) {
            if (event.type === "synced") isSynced = true;
            if (!isAgain || isSynced) yield event;
          }
        } finally {
          if (call.signal.aborted) ended++;
        }
      },
    };
  },
  "watch.foreign": (honest, { backend, context }) => ({
    async *watchPods(call) {
      for await (const event of honest.watchPods(call)) {
        if (event.type === "synced") {
          const others = [...backend.pods.values()].filter(({ owner }) => owner !== ownerOf(context));
          for (const { state } of others) yield { type: "state", pod: state };
        }
        yield event;
      }
    },
  }),
  "watch.lost": (honest, { backend }) => ({
    async *watchPods(call) {
      yield* honest.watchPods(call);
      // The stream is over, and nobody learns of it.
      while (!call.signal.aborted && backend.pods.size >= 0) await new Promise((resolve) => setTimeout(resolve, 5));
    },
  }),

  "restart.runs-on": (_honest, { backend, life, context }) => {
    const own = [...backend.pods.values()].filter(({ owner }) => owner === ownerOf(context));
    if (life > 1) for (const pod of own) startAnew(pod);
    return {};
  },
  "restart.list": (honest, { life }) => {
    const created = new Set<string>();
    return {
      async createPod(pod, call) {
        created.add(pod.metadata.uid);
        await honest.createPod(pod, call);
      },
      getPods: async (call) => (await listOf(honest, call.signal)).filter(({ uid }) => life === 1 || created.has(uid)),
    };
  },
  "restart.watch": (honest, { life }) =>
    life === 1 ? {} : changeWatch(honest, (event: PodEvent) => (event.type === "state" ? [] : [event])),
  "restart.revision": (honest, { life, backend }) =>
    changeStates(honest, ({ revision, ...state }) => {
      const isUpdated = backend.pods.get(state.uid)?.pod.metadata.labels !== undefined;
      return life > 1 && !isUpdated ? state : { ...state, ...(revision ? { revision } : {}) };
    }),
  "restart.ended-meanwhile": (honest, { life }) =>
    life === 1
      ? {}
      : changeStatus(honest, (status) =>
          eachContainer(status, (one) =>
            one.state?.terminated?.exitCode === 6
              ? { ...one, state: { terminated: { ...one.state.terminated, exitCode: 137 } } }
              : one,
          ),
        ),
  "restart.create-again": (honest, { backend, life }) => ({
    async createPod(pod, call) {
      const known = backend.pods.get(pod.metadata.uid);
      if (life > 1) startAnew(known);
      await honest.createPod(pod, call);
    },
  }),
  "restart.adopt": (honest, { backend }) => ({
    async adoptPod(pod, call) {
      await honest.adoptPod(pod, call);
      startAnew(backend.pods.get(pod.metadata.uid));
    },
  }),
  "restart.delete": (honest, { life }) => ({
    async deletePod(pod, call) {
      const created = (await listOf(honest, call.signal)).find(({ uid }) => uid === pod.uid)?.status?.startTime;
      if (life > 1 && created) return;
      await honest.deletePod(pod, call);
    },
  }),
  "restart.logs": (honest, { life }) => ({
    getContainerLogs: (container, call) =>
      life === 1 ? honest.getContainerLogs(container, call) : (async function* () {})(),
  }),

  "deletion.end-is-seen": (honest, { backend }) => ({
    async deletePod(pod, call) {
      const known = backend.pods.get(pod.uid);
      const { program } = known?.containers[0] ?? {};
      await honest.deletePod(pod, call);
      const isPlain = known?.pod.spec.restartPolicy === "Never" && program?.does === "run";
      if (isPlain) backend.remove(pod);
    },
  }),
  "deletion.gone": (honest, { backend }) => {
    const deleted = new Map<string, Awaited<ReturnType<typeof listOf>>[number]>();
    return {
      async deletePod(pod, call) {
        const state = await honest.getPod(pod, call);
        await honest.deletePod(pod, call);
        if (state && !backend.wasHidden(pod.uid)) deleted.set(pod.uid, state);
      },
      async getPods(call) {
        const own = await listOf(honest, call.signal);
        const uids = new Set(own.map(({ uid }) => uid));
        return [
          ...own,
          ...[...deleted.values()].filter(({ uid, status }) => !uids.has(uid) && status?.phase !== "Pending"),
        ];
      },
    };
  },
  "deletion.unknown": (honest) => ({
    async deletePod(pod, call) {
      if (pod.name === "nobody") throw new ProviderError("InvalidInput", "There is no such pod.");
      await honest.deletePod(pod, call);
    },
  }),
  "deletion.returns-at-once": (honest, { backend }) => ({
    async deletePod(pod, call) {
      const known = backend.pods.get(pod.uid);
      const isStubborn = known?.containers[0]?.program.does === "stubborn";
      await honest.deletePod(pod, call);
      const graceMs = call.gracePeriodSeconds * 1000;
      if (!isStubborn || graceMs < 100 || graceMs > 20_000) return;
      while (backend.pods.get(pod.uid)?.hasEnded === false) await new Promise((resolve) => setTimeout(resolve, 5));
    },
  }),
  "deletion.grace": (honest, { backend }) => ({
    async deletePod(pod, call) {
      const program = backend.pods.get(pod.uid)?.containers[0]?.program;
      await honest.deletePod(pod, program?.does === "stop" ? { ...call, gracePeriodSeconds: 0 } : call);
    },
  }),
  "deletion.grace-over": (honest, { backend }) => {
    const spared = new Set<string>();
    return {
      async deletePod(pod, call) {
        const program = backend.pods.get(pod.uid)?.containers[0]?.program;
        const { gracePeriodSeconds } = call;
        if (program?.does !== "stubborn" || gracePeriodSeconds > 10) return honest.deletePod(pod, call);
        // The kill is left out, and so is the one that the node asks for when the grace has passed.
        if (gracePeriodSeconds === 0) return spared.delete(pod.uid) ? undefined : honest.deletePod(pod, call);
        spared.add(pod.uid);
        await honest.deletePod(pod, { ...call, gracePeriodSeconds: 60 });
      },
    };
  },
  "deletion.grace-shortened": (honest) => {
    const begun = new Set<string>();
    return {
      async deletePod(pod, call) {
        const state = await honest.getPod(pod, call);
        const isOver = state?.status?.phase === "Succeeded" || state?.status?.phase === "Failed";
        if (begun.has(pod.uid) && state && !isOver) return;
        if (call.gracePeriodSeconds > 10) begun.add(pod.uid);
        await honest.deletePod(pod, call);
      },
    };
  },
  "deletion.no-restart": (honest, { backend }) => ({
    async deletePod(pod, call) {
      const known = backend.pods.get(pod.uid);
      const main = known?.containers[0];
      const isAgain = known?.pod.spec.restartPolicy === "Always" && main?.isRunning && main.program.does === "run";
      await honest.deletePod(pod, call);
      if (isAgain && call.gracePeriodSeconds > 0) setTimeout(() => main.start(), 10);
    },
  }),
  "deletion.ended-before": (honest, { backend }) => {
    const deleted = new Set<string>();
    const lies = changeStates(honest, (state) => {
      if (!deleted.has(state.uid) || !state.status) return state;
      const status = eachContainer(state.status, (one) =>
        one.state?.terminated?.exitCode === 7
          ? { ...one, state: { terminated: { ...one.state.terminated, exitCode: 137 } } }
          : one,
      );
      return { ...state, status };
    });
    return {
      ...lies,
      async deletePod(pod, call) {
        const main = backend.pods.get(pod.uid)?.containers[0];
        const isFirst = main?.exitCode === 7 && !deleted.has(pod.uid);
        deleted.add(pod.uid);
        if (!isFirst) await honest.deletePod(pod, call);
      },
    };
  },
  "deletion.namesake": (honest, { backend }) => ({
    async deletePod(pod, call) {
      await honest.deletePod(pod, call);
      const namesakes = [...backend.pods.values()].filter(
        ({ pod: { metadata } }) => metadata.name === pod.name && metadata.uid !== pod.uid,
      );
      for (const { pod: namesake } of namesakes) await honest.deletePod(namesake.metadata, call);
    },
  }),
  "deletion.release": (honest) => {
    const released = new Set<string>();
    return {
      async releasePod(pod, call) {
        await honest.releasePod(pod, call);
        released.add(pod.uid);
      },
      getContainerLogs(container, call) {
        if (released.has(container.pod.uid)) throw new ProviderError("NotFound", "The log is gone.");
        return honest.getContainerLogs(container, call);
      },
    };
  },

  "updates.revision": (honest) => {
    const updated = new Map<string, string>();
    return {
      ...changeStates(honest, (state) => ({ ...state, revision: updated.get(state.uid) ?? state.revision ?? "" })),
      async updatePod(pod, call) {
        const state = await honest.getPod(pod.metadata, call);
        updated.set(pod.metadata.uid, state?.revision ?? "");
        await honest.updatePod(pod, call);
      },
    };
  },
  "updates.revision-kept": (honest, { life, backend }) =>
    changeStates(honest, (state) => {
      const isUpdated = backend.pods.get(state.uid)?.pod.metadata.labels !== undefined;
      return life > 1 && isUpdated ? { ...state, revision: "v1:a" } : state;
    }),
  "updates.no-restart": (honest, { backend }) => ({
    async updatePod(pod, call) {
      await honest.updatePod(pod, call);
      startAnew(backend.pods.get(pod.metadata.uid));
    },
  }),
};
