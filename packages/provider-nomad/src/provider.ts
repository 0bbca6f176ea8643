import {
  type Call,
  type DefinedProvider,
  type NodeDescription,
  type PodRef,
  type PodState,
  type Provider,
  type ProviderContext,
  defineProvider,
} from "@virtual-kubelet/provider";
import type { NomadNode } from "./api/node.ts";
import { NomadClient } from "./client.ts";
import { nomadFeatures } from "./features.ts";
import { jobIdOf, jobPrefixOf, ownerOf } from "./job/identity.ts";
import { nodeDescription } from "./nodes/node-description.ts";
import { ClientNodes } from "./nodes/client-nodes.ts";
import { type NomadOptions, type ResolvedNomadOptions, nomadOptions } from "./options.ts";
import { adoptPod } from "./pods/adopt-pod.ts";
import { createPod } from "./pods/create-pod.ts";
import { deletePod, releasePod } from "./pods/delete-pod.ts";
import { PodMaterials } from "./pods/pod-materials.ts";
import { requests } from "./client/requests.ts";
import { type Scope, targetOf } from "./pods/scope.ts";
import { sweepVariables } from "./pods/sweep-variables.ts";
import { StatsReader } from "./stats.ts";
import { execInTask } from "./streams/exec-in-task.ts";
import { forwardToTask } from "./streams/forward-port.ts";
import { openLogs } from "./streams/open-logs.ts";
import { translatePod } from "./translate.ts";
import { KnownJobs } from "./watch/known-jobs.ts";
import { listNode, takeLists } from "./watch/list-node.ts";
import { OwnNetworks } from "./watch/own-networks.ts";
import { PodStates } from "./watch/pod-states.ts";
import { PodWatch } from "./watch/pod-watch.ts";

/** Runs pods as jobs of HashiCorp Nomad. */
export const nomad: DefinedProvider<NomadOptions, ResolvedNomadOptions> = defineProvider({
  name: "nomad",
  schema: nomadOptions,
  create: createProvider,
  translate: translatePod,
});

function createProvider(options: ResolvedNomadOptions, context: ProviderContext): Provider {
  const scope = createScope(options, context);
  const { client, owner, watch } = scope;
  const stats = new StatsReader(scope);
  return {
    features: nomadFeatures(options),
    createPod: (pod, call) => createPod(scope, pod, call),
    adoptPod: (pod, call) => adoptPod(scope, pod, call),
    deletePod: (pod, call) => deletePod(scope, pod, call),
    releasePod: (pod, call) => releasePod(scope, pod, call),
    getPod: (pod, call) => getPod(scope, pod, call),
    getPods: (call) => podsOf(scope, jobPrefixOf(owner), call),
    watchPods: (call) => watch.watch(call),
    getContainerLogs: (container, call) => openLogs(client, targetOf(scope, container), call),
    exec: (container, call) => execInTask(client, { ...targetOf(scope, container), driver: options.driver }, call),
    forwardPort: (pod, call) =>
      forwardToTask(client, { jobId: jobIdOf(owner, pod), pod, spec: context.pod(pod)?.spec }, call),
    getStats: (call) => stats.read(call),
    describeNode: async (call) => describe(scope, await scope.nodes.fitting(call), call),
    watchNode: (call) => watchNode(scope, call),
    ping: (call: Call) => client.json(requests.leader(), call),
    async [Symbol.asyncDispose]() {
      watch[Symbol.dispose]();
      await scope.materials[Symbol.asyncDispose]();
      await client[Symbol.asyncDispose]();
    },
  };
}

function createScope(options: ResolvedNomadOptions, context: ProviderContext): Scope {
  const owner = ownerOf(context);
  const client = new NomadClient(options);
  const nodes = new ClientNodes(client, options);
  const states = new PodStates(owner);
  const networks = new OwnNetworks(client);
  const tidy = (call: Call): Promise<void> => sweepVariables(scope, call);
  const watch = new PodWatch({ client, networks, prefix: jobPrefixOf(owner), states, context, tidy });
  const materials = new PodMaterials({ client, context, owner, options, nodes });
  const scope: Scope = { options, context, owner, client, nodes, networks, states, watch, materials };
  return scope;
}

async function getPod(scope: Scope, pod: PodRef, call: Call): Promise<PodState | undefined> {
  const found = await podsOf(scope, jobIdOf(scope.owner, pod), call);
  return found.find(({ uid }) => uid === pod.uid);
}

/** Asked of Nomad anew: three requests, whatever the number of pods. */
async function podsOf(scope: Scope, prefix: string, call: Call): Promise<readonly PodState[]> {
  const known = new KnownJobs(prefix);
  takeLists(known, await listNode(scope, prefix, call));
  return [...known.ids()].flatMap((id) => {
    const found = known.get(id);
    return (found && scope.states.of(found)) ?? [];
  });
}

async function describe(
  { nodes, options, context: { nodeName } }: Scope,
  fitting: readonly NomadNode[],
  call: Call,
): Promise<NodeDescription> {
  return nodeDescription({ nodes: fitting, details: await nodes.details(fitting, call), options, nodeName });
}

/** A client that comes, goes or is drained changes what there is. */
async function* watchNode(scope: Scope, call: Call): AsyncGenerator<NodeDescription> {
  const { client, nodes } = scope;
  for (let index = 1; !call.signal.aborted;) {
    const answer = await client.blocking<readonly NomadNode[]>(requests.nodes(), { ...call, index, waitMs: 300_000 });
    if (answer.index !== index) yield describe(scope, nodes.take(answer.value), call);
    index = Math.max(1, answer.index);
  }
}
