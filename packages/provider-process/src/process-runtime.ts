import type { Container, Pod } from "@virtual-kubelet/kubernetes";
import type {
  ContainerInstance,
  ContainerRuntime,
  ContainerStart,
  InstanceRef,
  PodRecord,
  RuntimeEvent,
  StopCall,
} from "@virtual-kubelet/pod-engine";
import { PodVolumes } from "@virtual-kubelet/pod-toolkit";
import {
  type Call,
  type PodFeatures,
  type ProviderContext,
  ProviderError,
  type WrittenFiles,
} from "@virtual-kubelet/provider";
import type { SupervisorClient } from "./client.ts";
import { type Images, findImage } from "./images/image.ts";
import { eventFromSupervisor, instanceFromRun, storedPod } from "./pod-from-processes.ts";
import { processFromPod } from "./process-from-pod.ts";
import type { ProcessSpec, RunRef } from "./protocol/messages.ts";
import { containerView } from "./views/from-pod/container-view.ts";
import { needsView } from "./views/from-pod/view-from-pod.ts";
import type { ViewMode } from "./views/mode/view-mode.ts";
import type { VolumeFolders } from "./volumes/volume-folders.ts";
import { writtenFiles } from "./volumes/written-files.ts";

export interface ProcessRuntimeOptions {
  readonly client: SupervisorClient;
  readonly context: Pick<ProviderContext, "resolver" | "volume" | "logger">;
  /** Tells this node's pods from others in the same directory. */
  readonly owner: string;
  readonly hostEnvironment: Readonly<Record<string, string>>;
  readonly images: Images;
  readonly allowHostPath: readonly string[];
  readonly mode: ViewMode;
  readonly features: PodFeatures;
  readonly folders: VolumeFolders;
  readonly podIPs: readonly string[];
}

/** What the pod engine drives: the supervisor. */
export class ProcessRuntime implements ContainerRuntime, AsyncDisposable {
  readonly #options: ProcessRuntimeOptions;
  readonly #volumes: PodVolumes;

  constructor(options: ProcessRuntimeOptions) {
    this.#options = options;
    const { context, folders: directories, mode } = options;
    const keepsOwner = mode.kind === "none" || mode.inUserNamespace;
    this.#volumes = new PodVolumes({ context, directories, keepsOwner });
  }

  async keepPod(record: PodRecord, call: Call): Promise<void> {
    const { client, owner } = this.#options;
    await client.request("keepPod", { uid: record.pod.metadata.uid, owner, record: storedPod(record) }, call);
  }

  async start(start: ContainerStart, call: Call): Promise<ContainerInstance> {
    const { pod, spec: container, backoffMs } = start;
    const { image } = container;
    this.#requireHonoured(pod, container);
    const spec = await this.#processOf(start, call);
    const params = { ...runRef(start), backoffMs, ...(image === undefined ? {} : { image }), spec };
    return instanceFromRun(await this.#options.client.request("start", params, call));
  }

  /** Goes on with the volumes of a pod that an agent before has started. */
  resume(pod: Pod): void {
    if (this.#options.mode.kind !== "none") this.#volumes.resume(pod);
  }

  files(pod: Pod): WrittenFiles {
    return writtenFiles(pod, this.#options.folders);
  }

  async stop(instance: InstanceRef, { gracePeriodSeconds, signal }: StopCall): Promise<void> {
    await this.#options.client.request("stop", { ...runRef(instance), gracePeriodSeconds }, { signal });
  }

  async forgetInstance(instance: InstanceRef, call: Call): Promise<void> {
    await this.#options.client.request("forgetRun", runRef(instance), call);
  }

  async forgetPod(uid: string, call: Call): Promise<void> {
    await this.#volumes.forget(uid);
    await this.#options.client.request("forgetPod", { uid }, call);
  }

  async *watch(call: Call): AsyncGenerator<RuntimeEvent> {
    const { client, owner } = this.#options;
    for await (const event of client.watch(owner, call)) yield eventFromSupervisor(event);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#volumes[Symbol.asyncDispose]();
  }

  /** The process that a container is, with what it is to see prepared. */
  async #processOf(start: ContainerStart, call: Call): Promise<ProcessSpec> {
    const { client, hostEnvironment, images, mode, folders: directories } = this.#options;
    const { pod, spec: container, environment } = start;
    const known = findImage(images, container.image ?? "");
    const image = known ?? {};
    const source = { pod, container, environment, hostEnvironment, image: known };
    if (mode.kind === "none") return processFromPod(source);
    const { inUserNamespace } = mode;
    const ownUid = process.getuid?.() ?? 0;
    if (!needsView(pod, container, { image, ownUid, inUserNamespace })) return processFromPod(source);
    // Before anything is written: a supervisor that has no views removes no volumes either, of which some are secrets.
    await client.requireViews(call);
    await this.#volumes.prepare(pod, call);
    const { view, home } = containerView(
      { pod, container, image, variables: environment },
      { ...this.#options, directories, inUserNamespace },
    );
    return processFromPod({ ...source, view, home });
  }

  /** The node has let the pod in, perhaps long ago: before it was given this container, or before bubblewrap was removed from the host. */
  #requireHonoured({ metadata, spec }: Pod, container: Container): void {
    const { initContainers: _init, ephemeralContainers: _ephemeral, ...rest } = spec;
    const alone = { metadata, spec: { ...rest, containers: [container] } };
    const refused = this.#options.features.find((row) => row.support === "refused" && row.asks(alone));
    if (refused && "reason" in refused) throw new ProviderError("Unsupported", `${refused.field}: ${refused.reason}`);
  }
}

export function runRef({ podUid, container, attempt }: InstanceRef): RunRef {
  return { uid: podUid, container, attempt };
}
