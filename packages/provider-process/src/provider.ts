import { resolve } from "node:path";
import type { Pod } from "@virtual-kubelet/kubernetes";
import { type InstanceRef, PodEngine } from "@virtual-kubelet/pod-engine";
import { refOf } from "@virtual-kubelet/pod-toolkit";
import {
  type AttachCall,
  type ByteDuplex,
  type ByteSource,
  type Call,
  type ContainerProcess,
  type ContainerRef,
  type DefinedProvider,
  type ExecCall,
  type LogCall,
  type PodFeatures,
  type PodRef,
  type PortCall,
  type Provider,
  type ProviderContext,
  ProviderError,
  type StatsSummary,
  type UpdateCall,
  defineProvider,
} from "@virtual-kubelet/provider";
import { SupervisorClient } from "./client.ts";
import { openLogs } from "./logs/read-logs.ts";
import { describeHost } from "./host/describe-host.ts";
import { ownHost, processFeatures } from "./features.ts";
import { type ProcessOptions, type ResolvedProcessOptions, defaultDirectory, processOptions } from "./options.ts";
import { ProcessRuntime, runRef } from "./process-runtime.ts";
import { attachToRun, execInRun } from "./processes.ts";
import { runFolder } from "./state-directory.ts";
import { NodeStatsReader } from "./stats/node-stats.ts";
import { summaryFromUsage } from "./stats/summary-from-usage.ts";
import { forwardToPod } from "./streams/forward-port.ts";
import { detectViews } from "./views/mode/detect-views.ts";
import { type ViewMode, modeText } from "./views/mode/view-mode.ts";
import { VolumeFolders } from "./volumes/volume-folders.ts";

/** Runs the containers of pods as processes of this host. */
export const processes: DefinedProvider<ProcessOptions, ResolvedProcessOptions> = defineProvider({
  name: "process",
  schema: processOptions,
  create: createProvider,
});

async function createProvider(options: ResolvedProcessOptions, context: ProviderContext): Promise<Provider> {
  const scope = await createScope(options, context);
  const { directory, client, engine, runtime, features, mode } = scope;
  const nodeStats = new NodeStatsReader(directory);
  return {
    recordsEvents: true,
    features,
    createPod: (pod, call) => engine.createPod(pod, call),
    updatePod: (pod, call) => updatePod(scope, pod, call),
    async adoptPod(pod, call) {
      runtime.resume(pod);
      await engine.adoptPod(pod, call);
    },
    deletePod: (pod, call) => engine.deletePod(pod, call),
    getPod: (pod, call) => engine.getPod(pod, call),
    getPods: (call) => engine.getPods(call),
    watchPods: (call) => engine.watchPods(call),
    getContainerLogs: (container, call) => getContainerLogs(scope, container, call),
    exec: (container, call) => exec(scope, container, call),
    attach: (container, call) => attach(scope, container, call),
    forwardPort: (pod, call) => forwardPort(scope, pod, call),
    // Other systems have no /proc to read it from.
    ...(process.platform === "linux" ? { getStats: (call: Call) => getStats(scope, nodeStats, call) } : {}),
    describeNode: () => describeHost({ ...options, mode, directory }, context.nodeName),
    ping: (call: Call) => client.request("ping", {}, call).then(() => undefined),
    async [Symbol.asyncDispose]() {
      await engine[Symbol.asyncDispose]();
      await runtime[Symbol.asyncDispose]();
      await client[Symbol.asyncDispose]();
    },
  };
}

interface Scope {
  readonly directory: string;
  readonly owner: string;
  readonly client: SupervisorClient;
  readonly context: ProviderContext;
  readonly runtime: ProcessRuntime;
  readonly engine: PodEngine;
  readonly mode: ViewMode;
  readonly features: PodFeatures;
}

async function createScope(options: ResolvedProcessOptions, context: ProviderContext): Promise<Scope> {
  const { address, images, allowHostPath } = options;
  const directory = resolve(options.directory ?? defaultDirectory(context.nodeName));
  const client = new SupervisorClient({ directory, idleMs: options.supervisorIdleMs });
  const owner = `${context.clusterId}/${context.nodeName}`;
  const mode = await detectViews(directory);
  context.logger.info({ rootViews: modeText(mode) }, "Found out what containers can see of the file system");
  const features = processFeatures({ ...ownHost(), mode, images, allowHostPath });
  const podIPs = [address];
  const runtime = new ProcessRuntime({
    client,
    context,
    owner,
    hostEnvironment: hostEnvironment(options.passEnvironment),
    images,
    allowHostPath,
    mode,
    features,
    folders: new VolumeFolders(directory),
    podIPs,
  });
  const engine = new PodEngine({ runtime, context, addresses: { podIPs, hostIPs: podIPs } });
  return { directory, owner, client, context, runtime, engine, mode, features };
}

/**
 * A resize is a matter of the scheduler's sums: nothing is enforced on processes of the host, so nothing is to be done. No status
 * claims that containers were given anything, which is why an API server lets only pods be resized that do not run yet.
 */
async function updatePod({ context, engine }: Scope, pod: Pod, call: UpdateCall): Promise<void> {
  await engine.updatePod(pod, call);
  if (!call.changes.includes("resources")) return;
  const message = "The new requests count for scheduling; nothing is enforced on processes of the host";
  context.recordEvent(refOf(pod), { type: "Normal", reason: "ResizeNotEnforced", message });
}

/** While a container waits to be started again, its last run is both the current one and the previous one, as for a kubelet. */
async function getContainerLogs({ directory, engine }: Scope, ref: ContainerRef, call: LogCall): Promise<ByteSource> {
  const [last, before] = await engine.runsOf(ref, call);
  const status = (await engine.getPod(ref.pod, call))?.status;
  const { initContainerStatuses = [], containerStatuses = [] } = status ?? {};
  const waits = [...initContainerStatuses, ...containerStatuses].some(
    ({ name, state }) => name === ref.container && state?.waiting,
  );
  const run = call.previous && !waits ? before : last;
  if (run) return openLogs(runFolder(directory, runRef(run)), call);
  if (call.previous) {
    throw new ProviderError(
      "NotFound",
      `previous terminated container "${ref.container}" in pod "${ref.pod.name}" not found`,
    );
  }
  throw new ProviderError("InvalidInput", `container "${ref.container}" in pod "${ref.pod.name}" is waiting to start`);
}

async function exec({ client, engine }: Scope, ref: ContainerRef, call: ExecCall): Promise<ContainerProcess> {
  return execInRun(client, runRef(await currentRun(engine, ref, call)), call);
}

async function attach({ client, engine }: Scope, ref: ContainerRef, call: AttachCall): Promise<ContainerProcess> {
  return attachToRun(client, runRef(await currentRun(engine, ref, call)), call);
}

async function forwardPort({ client, engine }: Scope, pod: PodRef, call: PortCall): Promise<ByteDuplex> {
  if (!(await engine.getPod(pod, call))) {
    throw new ProviderError("NotFound", `Pod ${pod.namespace}/${pod.name} is not here.`);
  }
  return forwardToPod(client, pod, call);
}

async function getStats({ client, engine, owner }: Scope, reader: NodeStatsReader, call: Call): Promise<StatsSummary> {
  const [usage, node, pods] = await Promise.all([
    client.request("usage", { owner }, call),
    reader.read(),
    engine.getPods(call),
  ]);
  return summaryFromUsage(usage, { node, pods });
}

async function currentRun(engine: PodEngine, ref: ContainerRef, call: Call): Promise<InstanceRef> {
  const [last] = await engine.runsOf(ref, call);
  if (!last || last.end) {
    const advice = "see `kubectl describe pod` for its state";
    throw new ProviderError(
      "NotFound",
      `container "${ref.container}" in pod "${ref.pod.name}" does not run; ${advice}`,
    );
  }
  return last;
}

function hostEnvironment(names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}
