import type { Pod } from "@virtual-kubelet/kubernetes";
import type { ApiProxy } from "./api/api-proxy.ts";
import { Bench } from "./bench.ts";

export interface WatchedPod extends AsyncDisposable {
  readonly it: Bench;
  readonly proxy: ApiProxy;
  readonly pod: Pod;
}

/** A node behind a proxy, and a pod that runs there. */
export async function watchedPod(name: string): Promise<WatchedPod> {
  const it = await Bench.open();
  try {
    const proxy = await it.startProxy();
    await it.startNode({ connection: proxy.connection });
    await it.createPod(name);
    const pod = await it.untilPhase(name, "Running");
    return { it, proxy, pod, [Symbol.asyncDispose]: () => it[Symbol.asyncDispose]() };
  } catch (error) {
    await it[Symbol.asyncDispose]();
    throw error;
  }
}
