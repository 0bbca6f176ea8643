import { Histogram } from "@prometheus-io/client";
import { boundedLabel } from "../bounded-label.ts";
import { answerBuckets } from "../buckets.ts";
import type { SubjectFactory } from "../subject.ts";

interface ProviderCallMessage {
  readonly verb: string;
  readonly code: string;
  readonly durationMs: number;
}

/** What the provider was asked, and what it answered. */
export const providerCalls: SubjectFactory = (registry) => {
  const verbs = boundedLabel();
  const durations = new Histogram({
    name: "virtual_kubelet_provider_call_duration_seconds",
    help: "How long the provider took to settle a call, by method and code: ok, or that of its error.",
    labelNames: ["verb", "code"],
    buckets: [...answerBuckets],
    registers: [registry],
  });
  const hear = ({ verb, code, durationMs }: ProviderCallMessage) =>
    durations.observe({ verb: verbs(verb), code }, durationMs / 1000);
  return { listeners: { "virtual-kubelet:provider-call": hear } };
};
