import { Gauge, Histogram, type Registry } from "@prometheus-io/client";
import { boundedLabel } from "../bounded-label.ts";
import { answerBuckets } from "../buckets.ts";
import type { SubjectFactory } from "../subject.ts";

interface PodStepMessage {
  readonly step: string;
  readonly result: string;
  readonly durationMs: number;
}

interface PodsMessage {
  readonly node: string;
  readonly phases: Readonly<Record<string, number>>;
  readonly containers: Readonly<Record<string, number>>;
}

const phases = ["Pending", "Running", "Succeeded", "Failed", "Unknown"] as const;
const states = ["created", "running", "exited"] as const;

/** How many pods there are, and what is done about them. */
export const pods: SubjectFactory = (registry) => {
  const { steps, byPhase, running, containers } = metricsOf(registry);
  const results = boundedLabel();
  const nodes = new Map<string, PodsMessage>();
  const sum = (of: "phases" | "containers", name: string) =>
    [...nodes.values()].reduce((total, node) => total + (node[of][name] ?? 0), 0);
  const count = (message: PodsMessage) => {
    nodes.set(message.node, message);
    for (const phase of phases) byPhase.set({ phase }, sum("phases", phase));
    for (const state of states) containers.set({ container_state: state }, sum("containers", state));
    running.set(sum("phases", "Running"));
  };
  const hear = ({ step, result, durationMs }: PodStepMessage) =>
    steps.observe({ step, result: results(result) }, durationMs / 1000);
  return { listeners: { "virtual-kubelet:pods": count, "virtual-kubelet:pod-step": hear } };
};

function metricsOf(registry: Registry) {
  const registers = [registry];
  return {
    steps: new Histogram({
      name: "virtual_kubelet_pod_step_duration_seconds",
      help: "Steps that were taken to bring a pod to what it should be, by outcome: ok, or the code or reason of the error.",
      labelNames: ["step", "result"],
      buckets: [...answerBuckets],
      registers,
    }),
    byPhase: new Gauge({
      name: "virtual_kubelet_pods",
      help: "Pods of the node by phase, as the cluster has them.",
      labelNames: ["phase"],
      registers,
    }),
    running: new Gauge({ name: "kubelet_running_pods", help: "Number of pods that are running.", registers }),
    containers: new Gauge({
      name: "kubelet_running_containers",
      help: "Number of containers by state.",
      labelNames: ["container_state"],
      registers,
    }),
  };
}
