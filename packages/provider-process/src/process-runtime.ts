import type {
  ContainerInstance,
  ContainerRuntime,
  ContainerStart,
  InstanceRef,
  PodRecord,
  RuntimeEvent,
  StopCall,
} from "@virtual-kubelet/pod-engine";
import type { Container, Pod } from "@virtual-kubelet/kubernetes";
import { type Call, ProviderError } from "@virtual-kubelet/provider";
import type { SupervisorClient } from "./client.ts";
import { hostUser, processFeatures } from "./features.ts";
import type { RunRef } from "./protocol/messages.ts";
import { eventFromSupervisor, instanceFromRun, storedPod } from "./pod-from-processes.ts";
import { processFromPod } from "./process-from-pod.ts";

export interface ProcessRuntimeOptions {
  readonly client: SupervisorClient;
  /** Tells this node's pods from others in the same directory. */
  readonly owner: string;
  readonly hostEnvironment: Readonly<Record<string, string>>;
}

/** What the pod engine drives: the supervisor. */
export class ProcessRuntime implements ContainerRuntime {
  readonly #options: ProcessRuntimeOptions;

  constructor(options: ProcessRuntimeOptions) {
    this.#options = options;
  }

  async keepPod(record: PodRecord, call: Call): Promise<void> {
    const { client, owner } = this.#options;
    await client.request("keepPod", { uid: record.pod.metadata.uid, owner, record: storedPod(record) }, call);
  }

  async start(start: ContainerStart, call: Call): Promise<ContainerInstance> {
    const { client, hostEnvironment } = this.#options;
    const { pod, spec: container, environment, backoffMs } = start;
    const { image } = container;
    requireHonoured(pod, container);
    const spec = processFromPod({ pod, container, environment, hostEnvironment });
    const params = { ...runRef(start), backoffMs, ...(image === undefined ? {} : { image }), spec };
    return instanceFromRun(await client.request("start", params, call));
  }

  async stop(instance: InstanceRef, { gracePeriodSeconds, signal }: StopCall): Promise<void> {
    await this.#options.client.request("stop", { ...runRef(instance), gracePeriodSeconds }, { signal });
  }

  async forgetInstance(instance: InstanceRef, call: Call): Promise<void> {
    await this.#options.client.request("forgetRun", runRef(instance), call);
  }

  async forgetPod(uid: string, call: Call): Promise<void> {
    await this.#options.client.request("forgetPod", { uid }, call);
  }

  async *watch(call: Call): AsyncGenerator<RuntimeEvent> {
    const { client, owner } = this.#options;
    for await (const event of client.watch(owner, call)) yield eventFromSupervisor(event);
  }
}

/** What a pod is given while it runs is not held against the features: the node has let that pod in long ago. */
function requireHonoured({ metadata, spec }: Pod, container: Container): void {
  if (!spec.ephemeralContainers?.some(({ name }) => name === container.name)) return;
  const { initContainers: _init, ephemeralContainers: _ephemeral, ...rest } = spec;
  const alone = { metadata, spec: { ...rest, containers: [container] } };
  const refused = processFeatures(hostUser()).find((row) => row.support === "refused" && row.asks(alone));
  if (refused && "reason" in refused) throw new ProviderError("Unsupported", `${refused.field}: ${refused.reason}`);
}

export function runRef({ podUid, container, attempt }: InstanceRef): RunRef {
  return { uid: podUid, container, attempt };
}
