import type { Provider } from "@virtual-kubelet/provider";

/**
 * Where an agent dies, beside the instants that are seen from outside of it: around the calls to its provider, when the
 * watch has told of the first pod and not yet of all, and at the second pod that it adopts.
 */
export type CrashPoint = "before-create" | "after-create" | "before-delete" | "after-delete" | "in-watch" | "in-adopt";

/** The provider, with the end of the process at one point. */
export function crashingProvider(provider: Provider, at: CrashPoint | undefined): Provider {
  const dieIf = (point: CrashPoint): void => {
    if (point === at) process.kill(process.pid, "SIGKILL");
  };
  let adopted = 0;
  return {
    ...provider,
    async createPod(pod, call) {
      dieIf("before-create");
      await provider.createPod(pod, call);
      dieIf("after-create");
    },
    async deletePod(ref, call) {
      dieIf("before-delete");
      await provider.deletePod(ref, call);
      dieIf("after-delete");
    },
    adoptPod() {
      if (++adopted === 2) dieIf("in-adopt");
    },
    async *watchPods(call) {
      for await (const event of provider.watchPods?.(call) ?? []) {
        yield event;
        if (event.type === "state") dieIf("in-watch");
      }
    },
  };
}
