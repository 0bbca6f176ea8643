import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Leadership, type LeadershipTimes, type Term } from "@virtual-kubelet/controllers";
import { type Connection, KubernetesClient } from "@virtual-kubelet/kubernetes";
import type { Logger } from "@virtual-kubelet/provider";

/** Several agents for one node: the one that holds a Lease acts. */
export interface HighAvailability {
  /**
   * `own`, if not said: a lease made for it, by which another agent takes over within 20 seconds. `node`: the node's own, the only
   * one that a node of an identity of its own may touch; it takes up to 45.
   */
  readonly lease?: "own" | "node";
  /** Where a lease of its own is; `kube-node-lease` when absent. */
  readonly namespace?: string;
  /** The times of the lease: 15, 10 and 2 seconds when absent, or 40, 30 and 10 for the node's own. */
  readonly times?: { readonly [K in keyof LeadershipTimes]?: LeadershipTimes[K] | undefined };
}

export interface TermsOptions {
  readonly highAvailability: HighAvailability;
  readonly nodeName: string;
  /** The UID of the node's object, while this agent acts. */
  nodeUid(): string | undefined;
  readonly connection: Connection;
  readonly userAgent: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

const leaseNamespace = "kube-node-lease";
const ownTimes: LeadershipTimes = { durationMs: 15_000, deadlineMs: 10_000, renewMs: 2_000 };
const nodeTimes: LeadershipTimes = { durationMs: 40_000, deadlineMs: 30_000, renewMs: 10_000 };

/** How long what was begun in a term may take to end before the agent asks for another. Milliseconds. */
const settleMs = 30_000;

/**
 * Acts in each term that this agent is given, until aborted. `act` is to end when its signal aborts, and rejects only when it
 * cannot go on: then the lease is given back, and so does this. After a stop that was asked for the lease is kept until `act`
 * has ended.
 */
export async function actInTerms(
  options: TermsOptions,
  act: (term: Term, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const { signal, logger, connection, userAgent } = options;
  // Of its own, so that no renewal waits behind anything else.
  await using client = new KubernetesClient({ connection, userAgent, maxConnections: 2 });
  const leadership = leadershipOf(options, client);
  while (!signal.aborted) {
    await using held = await leadership.acquire({ signal });
    const { term } = held;
    const acting = act(term, AbortSignal.any([signal, term.signal])).catch((error: unknown) => {
      if (!signal.aborted && !term.isOver) throw error;
    });
    await Promise.race([acting, longOver(term)]);
    if (signal.aborted) return;
    logger.warn({ err: term.signal.reason }, "this agent acts no more, and waits until it may again");
  }
}

function leadershipOf(
  { highAvailability, nodeName, logger, ...agent }: TermsOptions,
  client: KubernetesClient,
): Leadership {
  const { lease = "own", namespace = leaseNamespace } = highAvailability;
  const usual = lease === "own" ? ownTimes : nodeTimes;
  const {
    durationMs = usual.durationMs,
    deadlineMs = usual.deadlineMs,
    renewMs = usual.renewMs,
  } = highAvailability.times ?? {};
  const times = { durationMs, deadlineMs, renewMs };
  const common = { client, times, logger };
  if (lease === "own") return new Leadership({ ...common, lease: { namespace, name: `virtual-kubelet-${nodeName}` } });
  const heartbeat = { nodeName, nodeUid: () => agent.nodeUid() };
  return new Leadership({ ...common, heartbeat, lease: { namespace: leaseNamespace, name: nodeName } });
}

/** Settles some time after the term: what does not end by itself can start nothing more, and must not keep the agent waiting. */
async function longOver({ signal }: Term): Promise<void> {
  if (!signal.aborted) await once(signal, "abort");
  await sleep(settleMs, undefined, { ref: false });
}
