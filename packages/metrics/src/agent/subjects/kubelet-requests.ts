import { Counter, Histogram } from "@prometheus-io/client";
import { streamBuckets } from "../buckets.ts";
import type { SubjectFactory } from "../subject.ts";

interface RequestMessage {
  readonly route: string | undefined;
  readonly method: string;
  readonly status: number;
  readonly durationMs: number;
}

const longRunning: ReadonlySet<string> = new Set(["attach", "exec", "portForward"]);

/** What the kubelet API served, under kubelet's names; the status is ours. */
export const kubeletRequests: SubjectFactory = (registry) => {
  const registers = [registry];
  const labelNames = ["method", "path", "server_type", "long_running", "status"] as const;
  const total = new Counter({
    name: "kubelet_http_requests_total",
    help: "Number of the http requests received since the server started",
    labelNames,
    registers,
  });
  const durations = new Histogram({
    name: "kubelet_http_requests_duration_seconds",
    help: "Duration in seconds to serve http requests; of a stream, until it ended",
    labelNames,
    buckets: [...streamBuckets],
    registers,
  });
  const hear = ({ route, method, status, durationMs }: RequestMessage) => {
    const path = pathOf(route);
    const labels = {
      method,
      path,
      server_type: "readwrite",
      long_running: String(longRunning.has(path)),
      status: String(status),
    };
    total.inc(labels);
    durations.observe(labels, durationMs / 1000);
  };
  return { listeners: { "virtual-kubelet:kubelet-api.request": hear } };
};

/** As kubelet names its routes: `exec`, `stats`, `metrics/resource`; never what a caller wrote. */
function pathOf(route: string | undefined): string {
  if (route === undefined) return "other";
  const [first = "", second] = route.split("/").filter(Boolean);
  return first === "metrics" && second ? `${first}/${second}` : first;
}
