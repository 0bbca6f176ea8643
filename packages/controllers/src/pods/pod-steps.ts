import { type KubernetesClient, isKubernetesError, resources } from "@virtual-kubelet/kubernetes";
import {
  type PodChange,
  type PodRef,
  type PodState,
  type Provider,
  ProviderError,
  isProviderError,
  providerErrorPolicies,
} from "@virtual-kubelet/provider";
import { publish, resultOf } from "../diagnostics.ts";
import type { PodEvents } from "../events/pod-events.ts";
import { type ProviderDeadlines, providerCall } from "../provider-call.ts";
import type { BackendCapacity } from "./admission/backend-capacity.ts";
import { reportedPod } from "./backend/reported-pod.ts";
import { CreationPace } from "./creation-pace.ts";
import type { PodStep } from "./plan-pod.ts";
import { type PodRecord, hasEnded, hear } from "./pod-record.ts";
import { revisionOf } from "./pod-revision.ts";
import { killingEvents } from "./state-events.ts";
import type { PodStatusReporter } from "./status/pod-status-reporter.ts";

export interface PodStepsOptions {
  readonly client: KubernetesClient;
  readonly provider: Provider;
  readonly deadlines: ProviderDeadlines;
  readonly reporter: PodStatusReporter;
  readonly events: PodEvents;
  readonly capacity: BackendCapacity;
}

export interface StepCall {
  readonly signal: AbortSignal;
  /** Lets another pod have the place: this one waits for its turn to be created. */
  readonly stepAside: () => void;
  readonly revision: string;
}

/** How long a failure that only a change can mend waits all the same. Milliseconds. */
const unlikelyRetryMs = { ConfigMissing: 10_000, other: 60_000 } as const;

/** Changes that a user would miss; labels and annotations matter to few backends. */
const noticedChanges = new Set<PodChange>(["images", "resources", "activeDeadlineSeconds", "ephemeralContainers"]);

/** Carries out one step of a pod at the provider or the API server, and notes in the record what came of it. */
export class PodSteps {
  readonly #options: PodStepsOptions;
  readonly #pace = new CreationPace();

  constructor(options: PodStepsOptions) {
    this.#options = options;
  }

  /** Resolves to when to look again, if not at once. Rejects when the step is to be tried again. */
  async take(step: PodStep, record: PodRecord, call: StepCall): Promise<{ readonly againInMs: number } | undefined> {
    const startedAt = performance.now();
    const before = record.failure;
    let result = "ok";
    try {
      const again = await this.#take(step, record, call);
      // A failure that is not tried again soon is noted, not thrown.
      if (record.failure && record.failure !== before) result = record.failure.code;
      return again;
    } catch (error) {
      result = call.signal.aborted ? "Aborted" : resultOf(error);
      throw error;
    } finally {
      const durationMs = performance.now() - startedAt;
      publish("virtual-kubelet:pod-step", () => ({ step: step.type, result, durationMs }));
    }
  }

  async #take(step: PodStep, record: PodRecord, call: StepCall): Promise<{ readonly againInMs: number } | undefined> {
    switch (step.type) {
      case "create": {
        const again = await this.#change(record, () => this.#create(record, call));
        // Who watches hears of it. That the backend cannot be asked is no failure of the creation.
        const isHeardOf = this.#options.provider.watchPods !== undefined || record.created !== "yes";
        return again ?? (isHeardOf ? undefined : this.look(record, call));
      }
      case "adopt":
        return this.#change(record, () => this.#adopt(record, call));
      case "update":
        return this.#change(record, () => this.#update(record, { ...call, changes: step.changes }));
      case "stop":
        return this.#change(record, () => this.#stop(record, { ...call, graceSeconds: step.graceSeconds }));
      case "release":
        return this.#change(record, () => this.#release(record, call));
      case "look":
        return this.look(record, call);
      case "remove":
        return this.#remove(record, call);
      default:
        return undefined;
    }
  }

  /** Asks the backend for the pod. That it has none is its word when it was asked to stop it, and one miss otherwise. */
  async look(record: PodRecord, { signal }: { readonly signal: AbortSignal }): Promise<undefined> {
    const { provider, deadlines } = this.#options;
    const askedAtMs = performance.now();
    const state = await unlessNotFound(
      providerCall("getPod", { signal, timeoutMs: deadlines.readMs }, (call) => provider.getPod(record.ref, call)),
    );
    if (record.heardAtMs > askedAtMs) return;
    if (state) {
      hear(record, sameAs(record.ref, reportedPod(state, "getPod")));
    } else if (record.stop) {
      Object.assign(record, { observed: { type: "absent" }, heardAtMs: performance.now() });
    } else {
      record.missedSinceMs ??= askedAtMs;
    }
    this.#options.reporter.add(record.ref.uid);
  }

  /** Every change leaves its failure where the user looks: in the pod's status and in an event. */
  async #change(record: PodRecord, change: () => Promise<void>): Promise<{ againInMs: number } | undefined> {
    try {
      await change();
      delete record.failure;
      return undefined;
    } catch (error) {
      if (!isProviderError(error)) throw error;
      record.failure = error;
      this.#options.reporter.add(record.ref.uid);
      if (providerErrorPolicies[error.code].retry === "backoff" || error.retryAfterMs !== undefined) throw error;
      return { againInMs: error.code === "ConfigMissing" ? unlikelyRetryMs.ConfigMissing : unlikelyRetryMs.other };
    }
  }

  async #create(record: PodRecord, { signal, stepAside }: StepCall): Promise<void> {
    const { ref } = record;
    record.creating = new AbortController();
    const { provider, reporter, deadlines, events, capacity } = this.#options;
    const either = AbortSignal.any([signal, record.creating.signal]);
    try {
      await this.#pace.take(
        async () => {
          // It may have had to wait: the newest version is created.
          const { pod } = record;
          if (!pod) return;
          const revision = revisionOf(record);
          record.created = "asked";
          // Aborted by a deletion it has to settle first: what comes next is the stop.
          await providerCall("createPod", { signal: either, leave: signal, timeoutMs: deadlines.changeMs }, (call) =>
            provider.createPod(pod, { ...call, revision }),
          );
        },
        { signal: either, stepAside },
      );
    } catch (error) {
      // The deletion that aborted it goes on from here.
      if (record.creating.signal.aborted && !signal.aborted) return;
      if (isProviderError(error, "QuotaExceeded")) capacity.exhausted(ref.uid, error.message);
      else capacity.settled(ref.uid);
      events.recordEvent(ref, { type: "Warning", reason: "ProviderCreateFailed", message: messageOf(error) });
      throw error;
    } finally {
      delete record.creating;
    }
    Object.assign(record, { created: "yes", lost: false, heardAtMs: performance.now() });
    if (record.observed.type === "absent") record.observed = { type: "unknown" };
    delete record.missedSinceMs;
    reporter.add(ref.uid, { delayMs: 1_000 });
  }

  async #adopt(record: PodRecord, { signal }: StepCall): Promise<void> {
    const { provider, deadlines } = this.#options;
    const { pod, observed } = record;
    if (!pod || observed.type !== "present") return;
    if (provider.adoptPod) {
      await providerCall("adoptPod", { signal, timeoutMs: deadlines.changeMs }, (call) =>
        provider.adoptPod?.(pod, { ...call, observed: observed.state }),
      );
    }
    record.adopted = true;
  }

  async #update(
    record: PodRecord,
    { signal, revision, changes }: StepCall & { readonly changes: readonly PodChange[] },
  ): Promise<void> {
    const { provider, deadlines, events } = this.#options;
    const { pod, observed, ref } = record;
    if (!pod || observed.type !== "present") return;
    const what = changes.filter((change) => noticedChanges.has(change)).join(", ");
    const leave = (why: string, reason: string): void => {
      record.unapplied = { revision, changes, why };
      if (what) events.recordEvent(ref, { type: "Warning", reason, message: why });
    };
    const advice = `The provider cannot change ${what} of a running pod; replace the pod to apply it`;
    if (!provider.updatePod) return leave(advice, "UpdateUnsupported");
    try {
      await providerCall("updatePod", { signal, timeoutMs: deadlines.changeMs }, (call) =>
        provider.updatePod?.(pod, { ...call, revision, changes }),
      );
    } catch (error) {
      // Asking again would get the same answer, for as long as the pod is as it is.
      if (isProviderError(error, "Unsupported")) return leave(error.message, "UpdateUnsupported");
      events.recordEvent(ref, { type: "Warning", reason: "ProviderUpdateFailed", message: messageOf(error) });
      throw error;
    }
    delete record.unapplied;
    // Not what was observed before the call: the backend may have said more since.
    if (record.observed.type === "present")
      record.observed = { type: "present", state: { ...record.observed.state, revision } };
  }

  async #stop(
    record: PodRecord,
    { signal, graceSeconds }: StepCall & { readonly graceSeconds: number },
  ): Promise<void> {
    const { provider, deadlines, events } = this.#options;
    const isRepeated = record.stop !== undefined;
    const hadEnded = record.observed.type === "present" && hasEnded(record.observed.state);
    const askedAtMs = performance.now();
    if (!isRepeated && !provider.recordsEvents && record.observed.type === "present")
      for (const event of killingEvents(record.observed.state.status)) events.recordEvent(record.ref, event);
    try {
      await unlessNotFound(
        providerCall("deletePod", { signal, timeoutMs: deadlines.changeMs }, (call) =>
          provider.deletePod(record.ref, { ...call, gracePeriodSeconds: graceSeconds }),
        ),
      );
    } catch (error) {
      events.recordEvent(record.ref, { type: "Warning", reason: "ProviderDeleteFailed", message: messageOf(error) });
      throw error;
    }
    const graceEndsMs = Math.min(record.stop?.graceEndsMs ?? Infinity, askedAtMs + graceSeconds * 1000);
    record.stop = { askedAtMs, graceEndsMs, hadEnded };
    // A backend that is watched says by itself what becomes of the pod, unless it never had it.
    const isWatched = provider.watchPods !== undefined && record.observed.type === "present";
    if (!isWatched || isRepeated || graceSeconds === 0) await this.look(record, { signal });
  }

  async #release(record: PodRecord, { signal }: StepCall): Promise<void> {
    const { provider, deadlines } = this.#options;
    if (provider.releasePod) {
      await unlessNotFound(
        providerCall("releasePod", { signal, timeoutMs: deadlines.changeMs }, (call) =>
          provider.releasePod?.(record.ref, call),
        ),
      );
    }
    record.released = true;
  }

  /** As a kubelet does: first the terminal status, then the object, guarded by its UID. */
  async #remove(record: PodRecord, { signal }: StepCall): Promise<undefined> {
    const { client, reporter } = this.#options;
    await reporter.writeLast(record, { signal });
    try {
      await client.delete(resources.pods, record.ref, { gracePeriodSeconds: 0, uid: record.ref.uid, signal });
    } catch (error) {
      if (!isKubernetesError(error, "NotFound") && !isKubernetesError(error, "Conflict")) throw error;
    }
    record.removalAskedAtMs = performance.now();
  }
}

/** Of a pod that is asked after or ended, `NotFound` is no failure but an answer, also from a provider that throws it. */
async function unlessNotFound<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isProviderError(error, "NotFound")) return undefined;
    throw error;
  }
}

/** A namesake is another pod: what becomes of it says nothing of this one. */
function sameAs(ref: PodRef, state: PodState): PodState {
  if (state.uid === ref.uid) return state;
  const namesake = `the pod with UID ${state.uid} when asked for ${ref.namespace}/${ref.name} with UID ${ref.uid}`;
  throw new ProviderError("Unavailable", `The provider's getPod gave ${namesake}`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
