import { Counter, Gauge, Histogram, type Registry } from "@prometheus-io/client";
import { workBuckets } from "../buckets.ts";
import type { SubjectFactory } from "../subject.ts";

type QueueMessage = { readonly queue: string; readonly instance: number; readonly depth: number } & (
  | { readonly event: "ready" | "ended" }
  | { readonly event: "started"; readonly waitMs: number }
  | { readonly event: "handled"; readonly durationMs: number; readonly failures: number }
);

/** The work queues, under the names of client-go's. */
export const workQueues: SubjectFactory = (registry) => {
  const { depth, adds, waits, works, retries } = metricsOf(registry);
  // Every node of the process has a queue of the name: together they are as deep as all of them.
  const depths = new Map<string, Map<number, number>>();
  const setDepth = ({ queue: name, instance, depth: now, event }: QueueMessage) => {
    const instances = depths.get(name) ?? new Map<number, number>();
    depths.set(name, instances);
    if (event === "ended") instances.delete(instance);
    else instances.set(instance, now);
    let sum = 0;
    for (const one of instances.values()) sum += one;
    depth.set({ name }, sum);
  };
  const hear = (message: QueueMessage) => {
    const { queue: name, event } = message;
    setDepth(message);
    if (event === "ready") adds.inc({ name });
    else if (event === "started") waits.observe({ name }, message.waitMs / 1000);
    else if (event === "handled") {
      works.observe({ name }, message.durationMs / 1000);
      if (message.failures > 0) retries.inc({ name });
    }
  };
  return { listeners: { "virtual-kubelet:queue": hear } };
};

function metricsOf(registry: Registry) {
  const common = { labelNames: ["name"] as const, registers: [registry] };
  const timed = { ...common, buckets: [...workBuckets] };
  return {
    depth: new Gauge({ ...common, name: "workqueue_depth", help: "Current depth of workqueue" }),
    adds: new Counter({ ...common, name: "workqueue_adds_total", help: "Total number of adds handled by workqueue" }),
    waits: new Histogram({
      ...timed,
      name: "workqueue_queue_duration_seconds",
      help: "How long in seconds an item stays in workqueue before being requested.",
    }),
    works: new Histogram({
      ...timed,
      name: "workqueue_work_duration_seconds",
      help: "How long in seconds processing an item from workqueue takes.",
    }),
    retries: new Counter({
      ...common,
      name: "workqueue_retries_total",
      help: "Total number of retries handled by workqueue",
    }),
  };
}
