import { setTimeout as sleep } from "node:timers/promises";
import { ProviderError } from "@virtual-kubelet/provider";
import type {
  ContainerInstance,
  ContainerRuntime,
  ContainerStart,
  InstanceEnd,
  InstanceRef,
  PodRecord,
  RuntimeEvent,
} from "../src/index.ts";

/** A runtime in memory that outlives the engines on it, as a real one does. */
export class FakeRuntime implements ContainerRuntime {
  readonly pods = new Map<string, PodRecord>();
  readonly instances = new Map<string, ContainerInstance>();
  readonly starts: string[] = [];
  readonly stops: string[] = [];
  readonly environments: (readonly { name: string; value: string }[])[] = [];
  readonly #watchers = new Set<(event: RuntimeEvent) => void>();

  async keepPod(record: PodRecord): Promise<void> {
    this.pods.set(record.pod.metadata.uid, record);
  }

  async start({
    podUid,
    container,
    attempt,
    backoffMs,
    environment,
    spec,
  }: ContainerStart): Promise<ContainerInstance> {
    if (!this.pods.has(podUid)) throw new ProviderError("NotFound", "no such pod");
    const key = `${container}/${attempt}`;
    const known = this.instances.get(key);
    if (known) return known;
    this.starts.push(key);
    this.environments.push(environment);
    const image = spec.image === undefined ? {} : { image: spec.image };
    const instance = { podUid, container, attempt, backoffMs, ...image, id: `fake://${key}`, startedAtMs: Date.now() };
    this.#tell(key, instance);
    return instance;
  }

  async stop({ container, attempt }: InstanceRef): Promise<void> {
    this.stops.push(container);
    this.end(container, { type: "code", code: 143 }, attempt);
  }

  async forgetInstance({ container, attempt }: InstanceRef): Promise<void> {
    this.instances.delete(`${container}/${attempt}`);
  }

  async forgetPod(uid: string): Promise<void> {
    this.pods.delete(uid);
    this.instances.clear();
  }

  async *watch({ signal }: { signal: AbortSignal }): AsyncGenerator<RuntimeEvent> {
    const events: RuntimeEvent[] = [];
    const take = (event: RuntimeEvent) => void events.push(event);
    for (const record of this.pods.values()) take({ type: "pod", record });
    for (const instance of this.instances.values()) take({ type: "instance", instance });
    take({ type: "synced" });
    this.#watchers.add(take);
    while (!signal.aborted && this.#watchers.has(take)) {
      yield* events.splice(0);
      await sleep(1);
    }
    if (!signal.aborted) throw new ProviderError("Unavailable", "cut off");
  }

  /** Ends a run as if its process had. */
  end(container: string, exit: InstanceEnd["exit"], attempt = 0): void {
    const key = `${container}/${attempt}`;
    const instance = this.instances.get(key);
    if (instance) this.#tell(key, { ...instance, end: { exit, finishedAtMs: Date.now() } });
  }

  /** Breaks every connection. */
  cutOff(): void {
    this.#watchers.clear();
  }

  #tell(key: string, instance: ContainerInstance): void {
    this.instances.set(key, instance);
    for (const watcher of this.#watchers) watcher({ type: "instance", instance });
  }
}
