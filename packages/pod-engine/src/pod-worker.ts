import type { Container } from "@virtual-kubelet/kubernetes";
import { refOf } from "@virtual-kubelet/pod-toolkit";
import { type PodState, type ProviderContext, isProviderError, providerErrorPolicies } from "@virtual-kubelet/provider";
import type { ContainerInstance, ContainerRuntime, InstanceRef, PodRecord } from "./container-runtime.ts";
import { type Action, type Decision, nextSteps } from "./next-steps.ts";
import type { StartFailure } from "./pod-history.ts";
import type { Backoff } from "./restart-rules.ts";

/** What all workers of an engine have in common. */
export interface WorkerSettings {
  readonly runtime: ContainerRuntime;
  readonly context: ProviderContext;
  readonly addresses: { readonly podIPs: readonly string[]; readonly hostIPs: readonly string[] };
  readonly backoff: Backoff;
  /** Called whenever the pod's state may have changed. */
  readonly changed: (worker: PodWorker) => void;
}

const callTimeoutMs = 30_000;
const firstRetryMs = 1000;
const lastRetryMs = 10_000;
const longestTimerMs = 2 ** 31 - 1;
/** So long a start that failed is left alone, whatever news there is: what changes all the time must not make it spin. */
const shortestRetryMs = 100;

/** Keeps one pod going: asks what is next, does it, and looks again when something has happened. */
export class PodWorker {
  readonly #settings: WorkerSettings;
  #record: PodRecord;
  #isAdopted: boolean;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;
  readonly #instances = new Map<string, ContainerInstance>();
  readonly #starting = new Map<string, AbortController>();
  readonly #failures = new Map<string, StartFailure & { readonly tries: number }>();
  /** Waits for what the containers lack. */
  readonly #lacking = new Map<string, AbortController>();
  /** Calls under way, and events told, by what they are about. */
  readonly #busy = new Set<string>();
  readonly #told = new Set<string>();

  constructor(record: PodRecord, isAdopted: boolean, settings: WorkerSettings) {
    this.#settings = settings;
    this.#record = record;
    this.#isAdopted = isAdopted;
  }

  get record(): PodRecord {
    return this.#record;
  }

  get state(): PodState {
    const { pod, revision } = this.#record;
    return { ...refOf(pod), revision, status: this.#decide().status };
  }

  get ended(): boolean {
    return this.#decide().ended;
  }

  /** The runs of a container, the newest first. */
  runsOf(container: string): readonly ContainerInstance[] {
    const runs = [...this.#instances.values()].filter((instance) => instance.container === container);
    return runs.toSorted((a, b) => b.attempt - a.attempt);
  }

  /** From now on containers may be started: the node knows the pod. */
  adopt(): void {
    this.#isAdopted = true;
    this.step();
  }

  /** The record has been replaced, and is kept. */
  setRecord(record: PodRecord): void {
    this.#record = record;
    if (record.deletion) this.#giveUp();
    this.step();
  }

  /** Takes news of one run. What has ended stays so, however late other news comes. */
  observe(instance: ContainerInstance): void {
    const key = keyOf(instance);
    if (this.#instances.get(key)?.end && !instance.end) return;
    this.#instances.set(key, instance);
    this.step();
  }

  /** Takes the complete list of runs. */
  resync(instances: readonly ContainerInstance[]): void {
    this.#instances.clear();
    for (const instance of instances) this.#instances.set(keyOf(instance), instance);
    this.step();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#giveUp();
  }

  /** Decides, and begins what is to be done. */
  step(): void {
    if (this.#isClosed) return;
    const decision = this.#decide();
    if (decision.failure && !this.#record.failure) this.#fail(decision.failure);
    for (const action of decision.actions) this.#begin(action);
    clearTimeout(this.#timer);
    if (decision.wakeAtMs !== undefined) this.#wakeIn(decision.wakeAtMs - Date.now());
    this.#settings.changed(this);
  }

  /** Nothing more is to be started. */
  #giveUp(): void {
    for (const waits of [this.#starting, this.#lacking]) for (const wait of waits.values()) wait.abort();
  }

  #decide(): Decision {
    const { addresses, backoff } = this.#settings;
    const situation = {
      record: this.#record,
      instances: [...this.#instances.values()],
      starting: new Set(this.#starting.keys()),
      failures: this.#failures,
    };
    return nextSteps(situation, { nowMs: Date.now(), addresses, backoff });
  }

  #wakeIn(ms: number): void {
    this.#timer = setTimeout(() => this.step(), Math.min(Math.max(ms, 1), longestTimerMs));
    this.#timer.unref();
  }

  #begin(action: Action): void {
    const { runtime } = this.#settings;
    if (action.type === "start") {
      if (this.#isAdopted) void this.#start(action);
    } else if (action.type === "backOff") {
      if (this.#isAdopted) this.#tell("Warning", "BackOff", action);
    } else if (action.type === "stop") {
      const { instance, gracePeriodSeconds, message = `Stopping container ${instance.container}` } = action;
      this.#tell("Normal", "Killing", { instance, message });
      this.#once(`stop/${keyOf(instance)}`, (call) => runtime.stop(instance, { ...call, gracePeriodSeconds }));
    } else {
      const { instance } = action;
      this.#once(`forget/${keyOf(instance)}`, async (call) => {
        await runtime.forgetInstance(instance, call);
        this.#instances.delete(keyOf(instance));
      });
    }
  }

  async #start(action: Action & { readonly type: "start" }): Promise<void> {
    const { runtime, context, addresses } = this.#settings;
    const { container, attempt, backoffMs } = action;
    const { pod } = this.#record;
    const abort = new AbortController();
    this.#starting.set(container.name, abort);
    this.#lacking.get(container.name)?.abort();
    try {
      const name = { pod: refOf(pod), container: container.name };
      const signal = AbortSignal.any([abort.signal, AbortSignal.timeout(callTimeoutMs)]);
      const files = runtime.files?.(pod);
      const environment = await context.environment(name, { signal, ...addresses, ...(files ? { files } : {}) });
      if (abort.signal.aborted) return;
      const start = { podUid: pod.metadata.uid, container: container.name, attempt, pod, spec: container, environment };
      // Not aborted with the pod: once this is under way, its outcome has to be known.
      const call = { signal: AbortSignal.timeout(callTimeoutMs) };
      const instance = await runtime.start({ ...start, backoffMs }, call);
      this.#failures.delete(container.name);
      this.#started(container, instance);
    } catch (error) {
      if (!abort.signal.aborted) this.#startFailed(container, error);
    } finally {
      this.#starting.delete(container.name);
      this.step();
    }
  }

  /** @see https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/kuberuntime/kuberuntime_container.go (`startContainer`) */
  #started(container: Container, instance: ContainerInstance): void {
    if (!this.#instances.has(keyOf(instance))) this.#instances.set(keyOf(instance), instance);
    this.#tell("Normal", "Created", { instance, message: "Container created" });
    if (instance.end?.reason === "StartError") {
      this.#tell("Warning", "Failed", { instance, message: `Error: ${instance.end.message ?? "cannot be started"}` });
      return;
    }
    this.#tell("Normal", "Started", { instance, message: "Container started" });
  }

  #startFailed(container: Container, error: unknown): void {
    const code = isProviderError(error) ? error.code : "Unavailable";
    const message = error instanceof Error ? error.message : String(error);
    const tries = (this.#failures.get(container.name)?.tries ?? 0) + 1;
    const waitMs = Math.min(firstRetryMs * 2 ** Math.min(tries - 1, 10), lastRetryMs);
    const reason = providerErrorPolicies[code].waitingReason;
    this.#failures.set(container.name, { reason, message, tries, retryAtMs: Date.now() + waitMs });
    this.#report(`failed/${container.name}/${message}`, {
      type: "Warning",
      reason: "Failed",
      message: `Error: ${message}`,
      container: container.name,
    });
    if (code === "ConfigMissing") void this.#startOnNews(container);
  }

  /** What was missing may be there as soon as something changes that the pod refers to. If not, the next try is due anyway. */
  async #startOnNews({ name }: Container): Promise<void> {
    const soonestMs = Date.now() + shortestRetryMs;
    const wait = new AbortController();
    this.#lacking.set(name, wait);
    try {
      await this.#settings.context.referencesChanged(refOf(this.#record.pod), wait);
      const failure = this.#failures.get(name);
      if (wait.signal.aborted || !failure) return;
      const retryAtMs = Math.min(failure.retryAtMs, Math.max(soonestMs, Date.now()));
      this.#failures.set(name, { ...failure, retryAtMs });
      this.step();
    } catch {
      // Given up, or nobody tells of changes.
    }
  }

  #fail(failure: NonNullable<PodRecord["failure"]>): void {
    this.#record = { ...this.#record, failure };
    const { runtime } = this.#settings;
    this.#report("failure", { type: "Normal", reason: failure.reason, message: failure.message });
    this.#once("keep", (call) => runtime.keepPod(this.#record, call));
  }

  /** Runs a call that may be repeated; when it fails, it is decided anew a little later. */
  #once(key: string, run: (call: { readonly signal: AbortSignal }) => Promise<void>): void {
    if (this.#busy.has(key)) return;
    this.#busy.add(key);
    run({ signal: AbortSignal.timeout(callTimeoutMs) }).then(
      () => this.#busy.delete(key),
      (error: unknown) => {
        this.#busy.delete(key);
        this.#settings.context.logger.warn(
          { err: error, pod: refOf(this.#record.pod), call: key },
          "A call to the runtime failed",
        );
        if (!this.#isClosed) setTimeout(() => this.step(), firstRetryMs).unref();
      },
    );
  }

  #tell(
    type: "Normal" | "Warning",
    reason: string,
    about: { readonly instance: InstanceRef; readonly message: string },
  ): void {
    const { instance, message } = about;
    this.#report(`${reason}/${keyOf(instance)}`, { type, reason, message, container: instance.container });
  }

  /** Records an event, once. */
  #report(key: string, event: Parameters<ProviderContext["recordEvent"]>[1]): void {
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#settings.context.recordEvent(refOf(this.#record.pod), event);
  }
}

function keyOf({ container, attempt }: InstanceRef): string {
  return `${container}/${attempt}`;
}
