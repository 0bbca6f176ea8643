import { monitorEventLoopDelay } from "node:perf_hooks";
import { Gauge } from "@prometheus-io/client";
import type { SubjectFactory } from "../subject.ts";

const resolutionMs = 10;

/** How late the event loop was since it was last asked, under the names of Node's usual metrics. */
export const eventLoop: SubjectFactory = (registry) => {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs });
  delays.enable();
  const gauge = (name: string, help: string, collect?: () => void) =>
    new Gauge({
      name: `nodejs_eventloop_lag_${name}_seconds`,
      help,
      registers: [registry],
      ...(collect && { collect }),
    });
  // The first collects for all: they are of the same time then.
  const mean = gauge("mean", "The mean of the recorded event loop delays.", () => {
    if (delays.count > 0) {
      mean.set(delays.mean / 1e9);
      max.set(delays.max / 1e9);
      p50.set(delays.percentile(50) / 1e9);
      p99.set(delays.percentile(99) / 1e9);
    }
    delays.reset();
  });
  const max = gauge("max", "The maximum recorded event loop delay.");
  const p50 = gauge("p50", "The 50th percentile of the recorded event loop delays.");
  const p99 = gauge("p99", "The 99th percentile of the recorded event loop delays.");
  return { [Symbol.dispose]: () => void delays.disable() };
};
