import { setTimeout as sleep } from "node:timers/promises";
import type { Lease, OwnerReference } from "@virtual-kubelet/kubernetes";
import type { Logger } from "@virtual-kubelet/provider";
import { publish } from "../diagnostics.ts";
import { type LeaseClient, isOutdated } from "./client.ts";
import { holderOf } from "./lease-record.ts";
import { Stopwatch } from "./stopwatch.ts";
import type { Term } from "./term.ts";

/** A node, of which the lease is the heartbeat too: it is kept up by the holder, and belongs to the node's object. */
export interface NodeHeartbeat {
  readonly nodeName: string;
  nodeUid(): string | undefined;
}

export interface HeldLeaseOptions {
  readonly requests: LeaseClient;
  /** As it was claimed. */
  readonly lease: Lease;
  readonly identity: string;
  readonly term: Term;
  readonly renewMs: number;
  readonly retryMs: number;
  readonly logger: Logger;
  readonly heartbeat: NodeHeartbeat | undefined;
}

/** A lease that this agent holds: renewed as long as the term lasts, and given back with its end. */
export class HeldLease implements AsyncDisposable {
  readonly #options: HeldLeaseOptions;
  readonly #leaving = new AbortController();
  readonly #renewing: Promise<void>;
  /** As it was last known to be ours; absent: somebody has deleted it. */
  #lease: Lease | undefined;

  constructor(options: HeldLeaseOptions) {
    this.#options = options;
    this.#lease = options.lease;
    this.#renewing = this.#renew(AbortSignal.any([this.#leaving.signal, options.term.signal]));
  }

  /** Another agent need not wait for the lease to run out. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { term, logger } = this.#options;
    this.#leaving.abort();
    await this.#renewing;
    const wasOver = term.isOver;
    term.end("it has given its lease back");
    if (!this.#lease || wasOver) return;
    await this.#release(this.#lease).catch((error: unknown) =>
      logger.warn({ err: error }, "the lease could not be given back; the next agent waits until it has run out"),
    );
  }

  async #renew(signal: AbortSignal): Promise<void> {
    const { renewMs, retryMs, term, heartbeat } = this.#options;
    const node = heartbeat?.nodeName;
    for (let isRenewed = true; ;) {
      const pauseMs = isRenewed ? renewMs * (0.96 + 0.04 * Math.random()) : retryMs;
      await sleep(pauseMs, undefined, { signal }).catch(() => {});
      if (signal.aborted || term.isOver) break;
      const startedAt = performance.now();
      isRenewed = await this.#isRenewed(signal);
      if (signal.aborted || node === undefined) continue;
      const event = isRenewed ? "renewed" : "failed";
      publish("virtual-kubelet:lease", () => ({ node, event, durationMs: performance.now() - startedAt }));
    }
    if (node !== undefined) publish("virtual-kubelet:lease", () => ({ node, event: "ended" }));
  }

  async #isRenewed(signal: AbortSignal): Promise<boolean> {
    const { requests, term, logger } = this.#options;
    const asked = new Stopwatch();
    try {
      this.#lease = await requests.claim(this.#lease, { owner: this.#owner(), signal });
      term.extend(asked);
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      logger.warn({ err: error, remainingMs: Math.round(term.remainingMs) }, "the lease could not be renewed");
      if (isOutdated(error)) await this.#lookAgain(signal);
      return false;
    }
  }

  #owner(): OwnerReference | undefined {
    const { heartbeat } = this.#options;
    const uid = heartbeat?.nodeUid();
    return heartbeat && uid ? { apiVersion: "v1", kind: "Node", name: heartbeat.nodeName, uid } : undefined;
  }

  /** Others may have written into the lease without taking it, and a renewal may have succeeded of which we have not heard. */
  async #lookAgain(signal?: AbortSignal): Promise<void> {
    const { requests, identity, term, logger } = this.#options;
    try {
      const lease = await requests.read(signal);
      const holder = holderOf(lease);
      if (lease && holder !== identity) term.end(`the lease is held by ${holder ?? "nobody"}`);
      else this.#lease = lease;
    } catch (error) {
      if (!signal?.aborted) logger.warn({ err: error }, "the lease could not be read");
    }
  }

  async #release(lease: Lease): Promise<void> {
    const { requests, identity } = this.#options;
    try {
      await requests.release(lease);
    } catch (error) {
      if (!isOutdated(error)) throw error;
      const found = await requests.read();
      if (found && holderOf(found) === identity) await requests.release(found);
    }
  }
}
