import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import {
  type KubernetesClient,
  type Node,
  type NodeStatus,
  ObjectWatch,
  isKubernetesError,
  resources,
} from "@virtual-kubelet/kubernetes";
import type { Logger, Provider } from "@virtual-kubelet/provider";
import { newestOf } from "../newest.ts";
import { type ProviderDeadlines, defaultDeadlines } from "../provider-call.ts";
import { BackendPing, type WhenUnreachable } from "./backend-ping.ts";
import { NodeDescriber } from "./node-describer.ts";
import type { NodeHealth } from "./node-health.ts";
import { NodeLease } from "./node-lease.ts";
import { type NodeIdentity, describedBefore, nodeStatus } from "./node-object.ts";
import { nodeStatusPatch } from "./node-status-patch.ts";
import { OwnMetadata } from "./own-metadata.ts";

export interface NodeControllerOptions {
  readonly client: KubernetesClient;
  readonly provider: Provider;
  readonly identity: NodeIdentity;
  readonly health: NodeHealth;
  readonly logger: Logger;
  readonly deadlines?: ProviderDeadlines | undefined;
  /** `false`: the node's lease is renewed elsewhere, by who holds it as one of several agents. */
  readonly renewsLease?: boolean | undefined;
  /** What the node says while its backend is out of reach; `repel`. */
  readonly whenUnreachable?: WhenUnreachable | undefined;
  /** What the node says when it stops as asked; `keep`. */
  readonly onStop?: OnStop | undefined;
}

/**
 * `keep`: nothing, for an agent that soon starts again; without one the control plane takes the node for lost after 40 s.
 * `not-ready`: that it is not ready, at once, for an end that is meant: the control plane takes pods out of Services now.
 */
export type OnStop = "keep" | "not-ready";

/** A node that nothing happens to shows a sign of life this often. Milliseconds. */
const heartbeatMs = 300_000;
const retryMs = 2_000;
/** How long the next report waits after one. Milliseconds. */
const betweenWritesMs = 500;
/** How long a node waits at its start for its provider to describe it: one that was described before can do without. Milliseconds. */
const patience = { newMs: 5_000, knownMs: 1_000 } as const;
/** How long the last word may take. Milliseconds. */
const farewellMs = 3_000;

/** Keeps the node's object true: registers it, again when somebody deletes it, and reports its status. */
export class NodeController {
  readonly #options: NodeControllerOptions;
  readonly #watch: ObjectWatch<Node>;
  readonly #metadata: OwnMetadata;
  readonly #describer: NodeDescriber;
  readonly #registered = Promise.withResolvers<void>();
  #node: Node | undefined;
  /** The UID of the last object that the watch has told to be deleted. */
  #deletedUid: string | undefined;
  #reportedAtMs = -Infinity;
  #changed = Promise.withResolvers<void>();

  constructor(options: NodeControllerOptions) {
    this.#options = options;
    const { client, identity, logger, deadlines = defaultDeadlines } = options;
    this.#describer = new NodeDescriber({ ...options, timeoutMs: deadlines.readMs });
    this.#metadata = new OwnMetadata(options);
    this.#watch = new ObjectWatch({
      client,
      resource: resources.nodes,
      fieldSelector: `metadata.name=${identity.name}`,
      logger,
    });
  }

  /** Resolves once the cluster shows the node, with its status. */
  get registered(): Promise<void> {
    return this.#registered.promise;
  }

  /** The node as the cluster shows it. */
  get node(): Node | undefined {
    return this.#node;
  }

  /** Resolves when the cluster shows the node otherwise than now, as far as pods are concerned: by its labels, or by what it offers. */
  changed(): Promise<void> {
    return this.#changed.promise;
  }

  /** Runs until aborted. The node's object stays: a restart is no reason to move its pods. */
  async run({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    const { client, logger, identity, deadlines = defaultDeadlines, onStop, renewsLease = true } = this.#options;
    const lease = new NodeLease({ client, logger, nodeName: identity.name, nodeUid: () => this.#node?.metadata.uid });
    const ping = new BackendPing({ ...this.#options, timeoutMs: deadlines.readMs });
    const found = await this.#find(signal).catch(() => undefined);
    if (found) this.#see(found);
    await this.#describer.ask({ signal, patienceMs: found ? patience.knownMs : patience.newMs });
    await Promise.all([
      this.#report(signal),
      this.#follow(signal),
      this.#describer.run({ signal }),
      renewsLease && this.#whenRegistered(signal).then(() => lease.run({ signal })),
      ping.run({ signal }),
    ]);
    if (onStop === "not-ready") await this.#sayFarewell();
  }

  /** The lease belongs to the node's object, so that has to be there first. */
  async #whenRegistered(signal: AbortSignal): Promise<void> {
    if (!signal.aborted) await Promise.race([this.#registered.promise, once(signal, "abort")]);
  }

  /** Follows the node's object, so that its deletion is noticed and the user's word is read from it. */
  async #follow(signal: AbortSignal): Promise<void> {
    const { health } = this.#options;
    for await (const change of this.#watch.run({ signal })) {
      if (change.type === "synced") continue;
      if (change.type === "set") this.#see(change.object);
      else {
        this.#node = undefined;
        this.#deletedUid = change.object.metadata.uid;
      }
      health.disappearanceConfirmed =
        this.#node?.metadata.annotations?.["virtual-kubelet.io/confirm-disappearance"] !== undefined;
      if (change.type === "deleted" || this.#isDisputed()) health.touch();
    }
  }

  /** The answer to a write of ours may come after the watch's word of what has become of the node since. */
  #see(node: Node): void {
    if (node.metadata.uid === this.#deletedUid) return;
    const before = this.#node;
    this.#node = newestOf(before, node);
    if (isDeepStrictEqual(offerOf(before), offerOf(this.#node))) return;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  /** Whether the cluster shows something else than we say: as when it took the node for dead while it could not be reached. */
  #isDisputed(): boolean {
    const status = this.#node?.status;
    return status !== undefined && nodeStatusPatch(status, this.#statusNow(status), { heartbeat: false }) !== undefined;
  }

  /** One write at a time: at every change of what there is to say, and as a sign of life. */
  async #report(signal: AbortSignal): Promise<void> {
    const { health, logger } = this.#options;
    while (!signal.aborted) {
      const changed = health.changed();
      let pauseMs = heartbeatMs;
      try {
        await this.#write(signal);
        this.#registered.resolve();
        // Two who differ on the node must not write as fast as they can.
        await sleep(betweenWritesMs, undefined, { signal }).catch(() => {});
      } catch (error) {
        if (signal.aborted) return;
        logger.warn({ err: error, retryInMs: retryMs }, "the node could not be reported to the cluster");
        pauseMs = retryMs;
      }
      if (signal.aborted) return;
      await pauseUntil(pauseMs === heartbeatMs ? changed : undefined, { ms: pauseMs, signal });
    }
  }

  async #write(signal: AbortSignal): Promise<void> {
    const { client, identity, health, logger } = this.#options;
    const node = this.#node ?? (await this.#find(signal));
    if (!node) {
      const created = await this.#metadata.register(this.#describer.described ?? {}, {
        status: this.#statusNow(undefined),
        signal,
      });
      this.#see(created);
      logger.info({ node: identity.name, uid: created.metadata.uid }, "node registered");
      // Not every API server takes the status with the object.
      if (created.status?.conditions?.length) return;
    } else {
      const description = this.#describer.described ?? describedBefore(node.status);
      this.#see(await this.#metadata.reconcile(node, description, signal));
    }
    const before = this.#node?.status ?? node?.status;
    const isDue = performance.now() - this.#reportedAtMs >= heartbeatMs;
    const body = nodeStatusPatch(before ?? {}, this.#statusNow(before), { heartbeat: isDue });
    if (!body) return;
    try {
      const reported = await client.patch(
        resources.nodes,
        { name: identity.name },
        { patch: { type: "strategic", body: { status: body } }, subresource: "status", signal },
      );
      this.#see(reported);
      this.#reportedAtMs = performance.now();
    } catch (error) {
      if (isKubernetesError(error, "NotFound")) {
        this.#node = undefined;
        health.touch();
      }
      throw error;
    }
  }

  async #find(signal: AbortSignal): Promise<Node | undefined> {
    const { client, identity } = this.#options;
    try {
      return await client.get(resources.nodes, { name: identity.name }, { signal });
    } catch (error) {
      if (isKubernetesError(error, "NotFound")) return undefined;
      throw error;
    }
  }

  /** The last word of an agent that ends as asked. */
  async #sayFarewell(): Promise<void> {
    const { client, identity, health, logger } = this.#options;
    const message = "the node agent was stopped; pods go on running in the backend";
    health.set({ type: "Ready", status: "False", reason: "AgentStopped", message });
    const before = this.#node?.status ?? {};
    const body = nodeStatusPatch(before, this.#statusNow(before), { heartbeat: true });
    try {
      await client.patch(
        resources.nodes,
        { name: identity.name },
        { patch: { type: "strategic", body: { status: body } }, subresource: "status", timeoutMs: farewellMs },
      );
    } catch (error) {
      logger.warn({ err: error }, "the cluster could not be told that the node agent stops");
    }
  }

  #statusNow(before: NodeStatus | undefined): NodeStatus {
    const { identity, health } = this.#options;
    return nodeStatus(identity, this.#describer.described ?? describedBefore(before), {
      verdicts: health.verdicts(),
      limit: health.allocatableLimit,
      now: new Date(),
      ...(before ? { before } : {}),
    });
  }
}

/** What pods look at. */
function offerOf(node: Node | undefined): unknown {
  return node && [node.metadata.uid, node.metadata.labels, node.spec.taints, node.status?.allocatable];
}

/** Resolves after the time, when `event` happens, or when aborted. */
async function pauseUntil(
  event: Promise<void> | undefined,
  { ms, signal }: { readonly ms: number; readonly signal: AbortSignal },
): Promise<void> {
  const pause = new AbortController();
  const either = AbortSignal.any([signal, pause.signal]);
  const paused = sleep(ms, undefined, { signal: either }).catch(() => {});
  await (event ? Promise.race([paused, event]) : paused);
  pause.abort();
}
