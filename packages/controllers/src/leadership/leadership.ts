import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { type KubernetesClient, type Lease, isKubernetesError } from "@virtual-kubelet/kubernetes";
import type { Logger } from "@virtual-kubelet/provider";
import { LeaseClient, type LeaseName, isOutdated } from "./client.ts";
import { HeldLease, type NodeHeartbeat } from "./held-lease.ts";
import { type Claimant, type Sighting, sighted, waitMs } from "./lease-record.ts";
import { Stopwatch } from "./stopwatch.ts";
import { Term } from "./term.ts";

/** Milliseconds, the first in whole seconds. */
export interface LeadershipTimes {
  /** How long others wait for a holder of whom they hear nothing. */
  readonly durationMs: number;
  /** How long a holder acts without a renewal that succeeded. Shorter than the duration, so that two never act at once. */
  readonly deadlineMs: number;
  /** How often the holder renews. */
  readonly renewMs: number;
}

export interface LeadershipOptions {
  readonly client: KubernetesClient;
  readonly lease: LeaseName;
  readonly times: LeadershipTimes;
  readonly logger: Logger;
  readonly heartbeat?: NodeHeartbeat;
}

/** A term, and the lease by which it is held. */
export interface HeldTerm extends AsyncDisposable {
  readonly term: Term;
}

/** How often a candidate looks, and how soon a renewal that failed is tried again. Milliseconds. */
const lookEveryMs = 2_000;
const longestRequestMs = 5_000;

/**
 * Which of several agents acts for a node: the one that holds a Lease. Nobody's time of day is relied on: a holder counts from
 * when it asked for the renewal that succeeded last, and the others from when they first saw it.
 *
 * @see https://kubernetes.io/docs/concepts/architecture/leases/#leader-election
 */
export class Leadership {
  readonly #options: LeadershipOptions;
  /** One per process and node. Tells whoever looks at the lease on which host the agent is that acts. */
  readonly #claimant: Claimant;
  readonly #requests: LeaseClient;
  readonly #retryMs: number;

  /** @throws {RangeError} when the times do not fit together. */
  constructor(options: LeadershipOptions) {
    const { client, lease, times } = options;
    checkTimes(times);
    this.#options = options;
    this.#claimant = { identity: `${hostname()}_${randomUUID()}`, durationMs: times.durationMs };
    this.#retryMs = Math.min(lookEveryMs, times.renewMs);
    this.#requests = new LeaseClient({
      client,
      lease,
      claimant: this.#claimant,
      timeoutMs: Math.min(longestRequestMs, times.deadlineMs / 2),
    });
  }

  /** Waits for as long as it takes; failures are logged and tried again. Rejects when aborted. */
  async acquire({ signal }: { readonly signal: AbortSignal }): Promise<HeldTerm> {
    let seen: Sighting | undefined;
    for (;;) {
      let pauseMs = this.#retryMs * (0.96 + 0.04 * Math.random());
      try {
        const before = seen;
        seen = sighted(before, await this.#requests.read(signal), performance.now());
        this.#tell(before, seen);
        const ms = waitMs(seen, this.#claimant, performance.now());
        const held = ms > 0 ? undefined : await this.#claim(seen.lease, signal);
        if (held) return held;
        // Not a moment later than it may.
        if (ms > 0) pauseMs = Math.min(pauseMs, ms);
      } catch (error) {
        signal.throwIfAborted();
        this.#warn(error);
      }
      await sleep(pauseMs, undefined, { signal });
    }
  }

  /** `undefined`: somebody was faster, or the answer came too late. */
  async #claim(known: Lease | undefined, signal: AbortSignal): Promise<HeldTerm | undefined> {
    const { times, logger, lease: name, heartbeat } = this.#options;
    const asked = new Stopwatch();
    let lease: Lease;
    try {
      // Not given up when aborted: nobody would know then that it has to be given back.
      lease = await this.#requests.claim(known);
    } catch (error) {
      if (isOutdated(error)) return undefined;
      throw error;
    }
    const { identity } = this.#claimant;
    const term = new Term({ deadlineMs: times.deadlineMs, asked });
    const pauses = { renewMs: times.renewMs, retryMs: this.#retryMs };
    const held = new HeldLease({ ...pauses, requests: this.#requests, lease, identity, term, logger, heartbeat });
    if (signal.aborted || term.isOver) {
      await held[Symbol.asyncDispose]();
      signal.throwIfAborted();
      return undefined;
    }
    logger.info({ lease: textOf(name), identity }, "this agent acts for the node");
    return { term, [Symbol.asyncDispose]: () => held[Symbol.asyncDispose]() };
  }

  #tell(before: Sighting | undefined, { claim }: Sighting): void {
    if (!claim || claim.holder === before?.claim?.holder || claim.holder === this.#claimant.identity) return;
    const { logger, lease } = this.#options;
    logger.info({ lease: textOf(lease), holder: claim.holder }, "another agent acts for the node; this one waits");
  }

  #warn(error: unknown): void {
    const { logger, lease, heartbeat } = this.#options;
    const isRefused = isKubernetesError(error, "Forbidden") && !heartbeat;
    const hint = isRefused ? "; a node of an identity of its own has no lease but the node's: elect by that" : "";
    logger.warn(
      { err: error, lease: textOf(lease) },
      `it cannot be found out whether this agent may act for the node${hint}`,
    );
  }
}

function checkTimes({ durationMs, deadlineMs, renewMs }: LeadershipTimes): void {
  if (durationMs > deadlineMs && deadlineMs > renewMs && durationMs % 1_000 === 0) return;
  throw new RangeError(
    `A lease must last longer than its holder goes on without a renewal, that longer than the pause between renewals, and the lease for whole seconds: not ${durationMs}, ${deadlineMs} and ${renewMs} ms`,
  );
}

function textOf({ namespace, name }: LeaseName): string {
  return `${namespace}/${name}`;
}
