import { Counter, Histogram } from "@prometheus-io/client";
import { boundedLabel } from "../bounded-label.ts";
import { answerBuckets } from "../buckets.ts";
import type { SubjectFactory } from "../subject.ts";

interface ApiRequestMessage {
  readonly method: string;
  readonly verb: string;
  readonly resource: string;
  readonly code: number;
  readonly durationMs: number;
}

/** Requests to the API server: under client-go's names, and by resource. */
export const apiRequests: SubjectFactory = (registry) => {
  const registers = [registry];
  const resources = boundedLabel();
  const total = new Counter({
    name: "rest_client_requests_total",
    help: "Number of HTTP requests, partitioned by status code and method.",
    labelNames: ["code", "method"],
    registers,
  });
  const durations = new Histogram({
    name: "rest_client_request_duration_seconds",
    help: "Request latency in seconds. Broken down by verb, which is the HTTP method.",
    labelNames: ["verb"],
    buckets: [...answerBuckets],
    registers,
  });
  const byResource = new Histogram({
    name: "virtual_kubelet_api_request_duration_seconds",
    help: "How long the API server took to begin its answer, by Kubernetes' verb, resource and HTTP status.",
    labelNames: ["verb", "resource", "code"],
    buckets: [...answerBuckets],
    registers,
  });
  const hear = ({ method, verb, resource, code: status, durationMs }: ApiRequestMessage) => {
    // As client-go says that there was no answer.
    const code = status === 0 ? "<error>" : String(status);
    total.inc({ code, method });
    durations.observe({ verb: method }, durationMs / 1000);
    byResource.observe({ verb, resource: resources(resource), code }, durationMs / 1000);
  };
  return { listeners: { "virtual-kubelet:api-request": hear } };
};
