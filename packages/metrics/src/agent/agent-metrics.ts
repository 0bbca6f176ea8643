import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { Counter, Gauge, Registry } from "@prometheus-io/client";
import type { Subject, SubjectFactory } from "./subject.ts";
import { apiRequests } from "./subjects/api-requests.ts";
import { eventLoop } from "./subjects/event-loop.ts";
import { kubeletRequests } from "./subjects/kubelet-requests.ts";
import { leases } from "./subjects/leases.ts";
import { pods } from "./subjects/pods.ts";
import { processUse } from "./subjects/process.ts";
import { providerCalls } from "./subjects/provider-calls.ts";
import { streams } from "./subjects/streams.ts";
import { watches } from "./subjects/watches.ts";
import { workQueues } from "./subjects/work-queues.ts";

export interface AgentMetricsOptions {
  /** The agent's version, for `virtual_kubelet_build_info`. */
  readonly version: string;
  /** For `kubelet_node_name`, by which dashboards join; absent when the process serves several. */
  readonly nodeName?: string;
}

const factories: readonly SubjectFactory[] = [
  apiRequests,
  eventLoop,
  kubeletRequests,
  leases,
  pods,
  processUse,
  providerCalls,
  streams,
  watches,
  workQueues,
];

/**
 * Counts what the agent does, from what its parts publish on `node:diagnostics_channel`, and writes it for Prometheus. It
 * hears from the moment it is made until it is disposed of: make it before the node runs. No label holds the name of a pod,
 * or anything else that a user or a caller chooses.
 */
export class AgentMetrics implements Disposable {
  readonly #registry = new Registry();
  readonly #subjects: readonly Subject[];
  readonly #subscriptions: readonly (readonly [channel: string, listen: (message: unknown) => void])[];

  constructor(options: AgentMetricsOptions) {
    this.#addIdentity(options);
    this.#subjects = factories.map((register) => register(this.#registry));
    const unread = new Counter({
      name: "virtual_kubelet_unread_messages_total",
      help: "Messages of the agent's own parts that could not be counted, by channel: a fault of the agent.",
      labelNames: ["channel"],
      registers: [this.#registry],
    });
    this.#subscriptions = this.#subjects.flatMap(({ listeners = {} }) =>
      Object.entries(listeners).map(([channel, hear]) => {
        const listen = (message: unknown) => {
          // What a subscriber throws ends the process.
          try {
            hear(message as never);
          } catch {
            unread.inc({ channel });
          }
        };
        return [channel, listen] as const;
      }),
    );
    for (const [channel, listen] of this.#subscriptions) subscribe(channel, listen);
  }

  /** The media type of `text`. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All metrics, in Prometheus's text format. */
  async text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** Hears no more; what was counted can still be read. */
  [Symbol.dispose](): void {
    for (const [channel, listen] of this.#subscriptions) unsubscribe(channel, listen);
    for (const subject of this.#subjects) subject[Symbol.dispose]?.();
  }

  #addIdentity({ version, nodeName }: AgentMetricsOptions): void {
    const registers = [this.#registry];
    const build = new Gauge({
      name: "virtual_kubelet_build_info",
      help: "The agent's version and that of its Node.js. The value is always 1.",
      labelNames: ["version", "node_version"],
      registers,
    });
    build.set({ version, node_version: process.version }, 1);
    const node = new Gauge({
      name: "kubelet_node_name",
      help: "The node's name. The count is always 1.",
      labelNames: ["node"],
      registers,
    });
    if (nodeName !== undefined) node.set({ node: nodeName }, 1);
  }
}
