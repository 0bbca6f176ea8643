import { resources } from "@virtual-kubelet/kubernetes";
import type { Provider } from "@virtual-kubelet/provider";
import { expect, test } from "vitest";
import {
  clusterWithNode,
  eventually,
  findPod,
  nodeName,
  podManifest,
  untilPhase,
  withoutWatch,
} from "./cluster-with-node.ts";

test("a pod whose provider reports a status that is none can be deleted", async () => {
  let isBroken = false;
  let brokenLists = 0;
  const provider = (mock: Provider): Provider => {
    return {
      ...withoutWatch(mock),
      async *getPods(call) {
        if (isBroken) brokenLists++;
        for await (const state of await mock.getPods(call))
          yield isBroken ? { ...state, status: { phase: "Running", containerStatuses: null } as never } : state;
      },
      getPod: async (pod, call) => {
        const state = await mock.getPod(pod, call);
        return state && isBroken ? { ...state, status: { phase: "Running", containerStatuses: null } as never } : state;
      },
    };
  };
  await using it = await clusterWithNode({ provider });
  await it.client.create(resources.pods, podManifest("odd", { nodeName }));
  await untilPhase(it.client, "odd", "Running");
  isBroken = true;
  await eventually(() => expect(brokenLists).toBeGreaterThan(2));
  await it.client.delete(resources.pods, { namespace: "default", name: "odd" }, { gracePeriodSeconds: 1 });
  await eventually(async () => expect(await findPod(it.client, "odd")).toBeUndefined(), 15_000);
}, 25_000);
