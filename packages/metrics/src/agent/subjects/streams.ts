import { Counter, Gauge, type Registry } from "@prometheus-io/client";
import { boundedLabel } from "../bounded-label.ts";
import type { SubjectFactory } from "../subject.ts";

interface StreamMessage {
  readonly event: "open" | "bytes" | "close";
  readonly kind: string;
  readonly protocol: string;
  /** Those since the message before. */
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** The streams of one kind and protocol. */
interface Group {
  readonly labels: { readonly kind: string; readonly protocol: string };
  open: number;
}

/** Streams through the kubelet API: exec, attach, port-forward, logs, run. */
export const streams: SubjectFactory = (registry) => {
  const { open, total, bytes } = metricsOf(registry);
  const protocols = boundedLabel();
  const groups = new Map<string, Group>();
  const groupOf = ({ kind, protocol: name }: StreamMessage): Group => {
    const protocol = protocols(name);
    const key = `${kind} ${protocol}`;
    const group = groups.get(key) ?? { labels: { kind, protocol }, open: 0 };
    groups.set(key, group);
    return group;
  };
  const hear = (message: StreamMessage) => {
    const { event, bytesIn, bytesOut } = message;
    const group = groupOf(message);
    const { labels } = group;
    if (event === "open") total.inc(labels);
    // One that was open before anybody listened is closed too.
    if (event !== "bytes") group.open = Math.max(0, group.open + (event === "open" ? 1 : -1));
    open.set(labels, group.open);
    if (event === "open") return;
    bytes.inc({ ...labels, direction: "in" }, bytesIn);
    bytes.inc({ ...labels, direction: "out" }, bytesOut);
  };
  return { listeners: { "virtual-kubelet:kubelet-api.stream": hear } };
};

function metricsOf(registry: Registry) {
  const common = { labelNames: ["kind", "protocol"] as const, registers: [registry] };
  return {
    open: new Gauge({
      ...common,
      name: "virtual_kubelet_streams_open",
      help: "Streams through the kubelet API that are open, by kind and protocol.",
    }),
    total: new Counter({
      ...common,
      name: "virtual_kubelet_streams_total",
      help: "Streams through the kubelet API that were opened, by kind and protocol.",
    }),
    bytes: new Counter({
      ...common,
      name: "virtual_kubelet_stream_bytes_total",
      help: "Bytes that streams through the kubelet API have moved: in is from the caller, out is to it.",
      labelNames: [...common.labelNames, "direction"],
    }),
  };
}
