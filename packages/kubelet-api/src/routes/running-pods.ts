import type { ServerResponse } from "node:http";
import type { Draft, Pod } from "@virtual-kubelet/kubernetes";
import type { PodState } from "@virtual-kubelet/provider";
import { callProvider } from "../http/exchange.ts";
import type { Exchange } from "../http/exchange.ts";
import { answerJson } from "../http/plain-answer.ts";
import type { PodSource } from "../pod-source.ts";

/** The pods that the backend has for this node, whether the cluster still knows of them or not. */
export async function runningPods(exchange: Exchange, response: ServerResponse): Promise<void> {
  const { provider, pods } = exchange.services;
  const states = await callProvider(exchange, async (call) => Array.fromAsync(await provider.getPods(call)));
  const items = states.map((state) => runningPod(state, pods));
  answerJson(response, { kind: "PodList", apiVersion: "v1", metadata: {}, items });
}

function runningPod(state: PodState, pods: PodSource): Draft<Pod> {
  const { namespace, name, uid } = state;
  const desired = pods.find({ namespace, name, uid });
  const status = state.status ?? desired?.status;
  return {
    metadata: desired?.metadata ?? { namespace, name, uid },
    spec: desired?.spec ?? { containers: [] },
    ...(status ? { status } : {}),
  };
}
