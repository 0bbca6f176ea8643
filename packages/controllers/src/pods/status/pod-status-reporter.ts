import { isDeepStrictEqual } from "node:util";
import { type KubernetesClient, type Pod, isKubernetesError, resources } from "@virtual-kubelet/kubernetes";
import type { Logger } from "@virtual-kubelet/provider";
import { WorkQueue } from "../../queue/work-queue.ts";
import { desiredStatus } from "./desired-status.ts";
import { type PodRecord, see } from "../pod-record.ts";
import { type StatusPatch, statusPatch } from "./status-patch.ts";

export interface PodStatusReporterOptions {
  readonly client: KubernetesClient;
  readonly logger: Logger;
  /** The node's records, by UID. */
  readonly records: ReadonlyMap<string, PodRecord>;
}

/** Answers that the same status will get again: malformed, too large, invalid. */
const neverAccepted = new Set([400, 413, 422]);

/** How long the next status of a pod waits after one that was sent: bursts become one write. Milliseconds. */
const betweenWritesMs = 100;

/** How long a stop may take to write what is not written yet. Milliseconds. */
const flushMs = 5_000;

/** Brings pod statuses to the API server: at least once, in the end the latest, for ever, and none that it shows already. */
export class PodStatusReporter implements AsyncDisposable {
  readonly #options: PodStatusReporterOptions;
  readonly #queue: WorkQueue;
  readonly #writing = new Map<string, Promise<unknown>>();

  constructor(options: PodStatusReporterOptions) {
    this.#options = options;
    this.#queue = new WorkQueue({
      name: "pod-status",
      concurrency: 16,
      retry: { firstMs: 200, maxMs: 30_000 },
      handle: (uid, call) => this.#report(uid, call),
      onError: (uid, error, retryInMs) =>
        options.logger.warn(
          { err: error, pod: options.records.get(uid)?.ref, retryInMs },
          "the status of a pod could not be written",
        ),
    });
  }

  /** Says that a pod's status may have changed. With `delayMs`, a status that is soon overtaken is spared. */
  add(uid: string, options: { readonly delayMs?: number } = {}): void {
    this.#queue.add(uid, options);
  }

  /** Statuses whose writing failed are tried again now. */
  retryNow(): void {
    this.#queue.retryNow();
  }

  /** Writes the last status of a pod whose end the backend has confirmed. Rejects when the API server did not take it. */
  async writeLast(record: PodRecord, call: { readonly signal: AbortSignal }): Promise<void> {
    await this.#serially(record.ref.uid, () => this.#write(record, { ...call, isOver: true }));
  }

  /** Stops, and writes each status that is not written yet once more, within a limit: the next start does the rest. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#queue[Symbol.asyncDispose]();
    await Promise.allSettled(this.#writing.values());
    const call = { signal: AbortSignal.timeout(flushMs), isOver: false };
    const last = [...this.#options.records.values()].map((record) =>
      this.#serially(record.ref.uid, () => this.#write(record, call)),
    );
    await Promise.allSettled(last);
  }

  async #report(uid: string, call: { readonly signal: AbortSignal }): Promise<{ againInMs: number } | undefined> {
    const record = this.#options.records.get(uid);
    if (!record) return undefined;
    const sinceMs = performance.now() - (record.writtenAtMs ?? -Infinity);
    if (sinceMs < betweenWritesMs) return { againInMs: betweenWritesMs - sinceMs };
    await this.#serially(uid, () => this.#write(record, { ...call, isOver: false }));
    return undefined;
  }

  async #write(record: PodRecord, options: { readonly signal: AbortSignal; readonly isOver: boolean }): Promise<void> {
    const { pod, ref } = record;
    const wanted = this.#patchOf(record, options);
    if (!pod || !wanted) return;
    const { body, text: patch } = wanted;
    if (record.written?.patch === patch && record.written.status === JSON.stringify(pod.status)) return;
    try {
      record.writtenAtMs = performance.now();
      const { signal } = options;
      const updated = await this.#options.client.patch(resources.pods, ref, {
        patch: { type: "strategic", body },
        subresource: "status",
        signal,
      });
      record.written = { patch, status: JSON.stringify(updated.status) };
      see(record, withoutManagedFields(updated));
    } catch (error) {
      if (!this.#isFinal(error, record)) throw error;
    }
  }

  /** A status of the provider's that is not one must not keep the pod: it is said, and nothing is written. */
  #patchOf(
    record: PodRecord,
    options: { readonly isOver: boolean },
  ): { readonly body: StatusPatch; readonly text: string } | undefined {
    const { pod, ref } = record;
    try {
      const status = desiredStatus(record, new Date(), options);
      if (!pod || !status) return undefined;
      const body = statusPatch(pod, status, annotationsOf(record));
      return body && { body, text: JSON.stringify(body) };
    } catch (error) {
      this.#options.logger.error({ err: error, pod: ref }, "the status that the provider reports is not a pod status");
      return undefined;
    }
  }

  /** Whether trying again is of no use: the pod is gone, is another by now, or the API server will never take this status. */
  #isFinal(error: unknown, record: PodRecord): boolean {
    const { ref } = record;
    if (isKubernetesError(error, "NotFound")) return true;
    if (!isKubernetesError(error) || !neverAccepted.has(error.code)) return false;
    const isNamesake = error.details?.causes?.some(({ field }) => field === "metadata.uid");
    const annotations = annotationsOf(record);
    if (!isNamesake && Object.keys(annotations).length > 0) {
      // It may be theirs: the status itself goes again without them.
      record.refusedAnnotations = annotations;
      return false;
    }
    if (!isNamesake)
      this.#options.logger.error(
        { err: error, pod: ref },
        "the API server does not accept the status that the provider reports",
      );
    return true;
  }

  /** One write of a pod at a time, so that an older status never lands after a newer one. */
  async #serially(uid: string, write: () => Promise<void>): Promise<void> {
    const before = this.#writing.get(uid);
    const writing = (async () => {
      await before?.catch(() => {});
      await write();
    })();
    this.#writing.set(uid, writing);
    try {
      await writing;
    } finally {
      if (this.#writing.get(uid) === writing) this.#writing.delete(uid);
    }
  }
}

/** The provider's annotations, unless the API server has refused these. */
function annotationsOf({ observed, refusedAnnotations }: PodRecord): Readonly<Record<string, string>> {
  const { annotations = {} } = observed.type === "present" ? observed.state : {};
  return isDeepStrictEqual(annotations, refusedAnnotations) ? {} : annotations;
}

function withoutManagedFields(pod: Pod): Pod {
  const { managedFields: _, ...metadata } = pod.metadata;
  return { ...pod, metadata };
}
