import {
  type Container,
  type KubernetesClient,
  type Pod,
  type Resource,
  type Service,
  isKubernetesError,
  resources,
} from "@virtual-kubelet/kubernetes";
import {
  type Call,
  type ContainerRef,
  type EnvironmentCall,
  type Logger,
  type ObjectOf,
  type ObjectRef,
  type PodEventRecord,
  type PodRef,
  type ProviderContext,
  ProviderError,
  type ReadableKind,
  type RegistryCredential,
  type ResolverConfig,
  type ServiceAccountToken,
  type TokenCall,
  type Variable,
  type VolumeFiles,
} from "@virtual-kubelet/provider";
import type { EventRecorder } from "../events/event-recorder.ts";
import { resolveEnvironment } from "./environment/resolve-environment.ts";
import type { ApiServerForPods } from "./environment/service-variables.ts";
import type { ClusterDns } from "./resolver/pod-resolver.ts";
import { PodResolvers } from "./resolver/pod-resolvers.ts";
import { untilGranted } from "./until-granted.ts";

export interface NodeContextOptions {
  readonly client: KubernetesClient;
  readonly nodeName: string;
  readonly clusterId: string;
  readonly logger: Logger;
  readonly events: EventRecorder;
  /** Absent: pods that want it are resolved as their place is. */
  readonly clusterDns?: ClusterDns | undefined;
  /** The newest desired state of a pod of this node. */
  pod(uid: string): Pod | undefined;
  /** What the node can give to pods, as its object shows. */
  allocatable(): Readonly<Record<string, string>>;
  /** Where pods reach the API server, when that is not where Service default/kubernetes says. */
  readonly apiServer?: ApiServerForPods;
}

const readable: { readonly [K in ReadableKind]: Resource<ObjectOf<K>> } = {
  ConfigMap: resources.configMaps,
  Secret: resources.secrets,
  Service: resources.services,
};

/** What the node lends its provider, read from the API server when it is asked for. */
export class NodeContext implements ProviderContext {
  readonly nodeName: string;
  readonly clusterId: string;
  readonly logger: Logger;
  readonly #options: NodeContextOptions;
  readonly #resolvers: PodResolvers;

  constructor(options: NodeContextOptions) {
    this.#options = options;
    this.nodeName = options.nodeName;
    this.clusterId = options.clusterId;
    this.logger = options.logger;
    this.#resolvers = new PodResolvers({
      cluster: options.clusterDns,
      isKnown: (uid) => options.pod(uid) !== undefined,
      recordEvent: ({ metadata }, event) => this.recordEvent(metadata, event),
    });
  }

  pod(ref: PodRef): Pod | undefined {
    return this.#options.pod(ref.uid);
  }

  async environment(ref: ContainerRef, call: EnvironmentCall): Promise<readonly Variable[]> {
    const pod = this.#podOf(ref.pod);
    const { namespace } = pod.metadata;
    const { variables, skipped } = await this.#asLongAsThere(ref.pod, () =>
      resolveEnvironment({
        pod,
        container: containerOf(pod, ref.container),
        addresses: call,
        allocatable: this.#options.allocatable(),
        files: call.files,
        apiServer: this.#options.apiServer,
        configMap: (name) => this.read("ConfigMap", { namespace, name }, call),
        secret: (name) => this.read("Secret", { namespace, name }, call),
        services: () => this.#services(pod, call),
      }),
    );
    const event = { type: "Warning", reason: "InvalidEnvironmentVariableNames", container: ref.container } as const;
    for (const message of skipped) this.recordEvent(ref.pod, { ...event, message });
    return variables;
  }

  // oxlint-disable-next-line require-yield -- a promise of the contract that this version does not keep says so when it is asked
  async *volume(pod: PodRef): AsyncGenerator<VolumeFiles, void> {
    throw new ProviderError(
      "Unsupported",
      `The volumes of pod ${pod.namespace}/${pod.name} cannot be given: this version of the node resolves no volumes`,
    );
  }

  async referencesChanged(pod: PodRef): Promise<void> {
    throw new ProviderError("Unsupported", `What pod ${pod.namespace}/${pod.name} refers to is not followed`);
  }

  resolver(pod: PodRef, own: ResolverConfig): ResolverConfig {
    return this.#resolvers.resolver(this.#podOf(pod), own);
  }

  async pullCredentials(pod: PodRef): Promise<RegistryCredential | undefined> {
    if ((this.#podOf(pod).spec.imagePullSecrets ?? []).length === 0) return undefined;
    throw new ProviderError(
      "Unsupported",
      `The pull secrets of pod ${pod.namespace}/${pod.name} cannot be given: this version of the node resolves none`,
    );
  }

  /** Bound to the pod: the token ends with it. */
  async token(ref: PodRef, { signal, audience, expirationSeconds = 3_600 }: TokenCall): Promise<ServiceAccountToken> {
    const pod = this.#podOf(ref);
    const name = { namespace: ref.namespace, name: pod.spec.serviceAccountName ?? "default", subresource: "token" };
    const boundObjectRef = { apiVersion: "v1", kind: "Pod", name: ref.name, uid: ref.uid };
    const spec = { audiences: audience ? [audience] : [], expirationSeconds, boundObjectRef };
    const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec };
    const ask = () =>
      this.#options.client.createSubresource<{ status: { token: string; expirationTimestamp: string } }>(
        resources.serviceAccounts,
        name,
        { body, signal },
      );
    const what = `a token of service account ${name.namespace}/${name.name}`;
    const { status } = await this.#asLongAsThere(ref, () => this.#ask(what, { ask, signal }));
    return { token: status.token, expiresAt: new Date(status.expirationTimestamp) };
  }

  async read<K extends ReadableKind>(kind: K, ref: ObjectRef, { signal }: Call): Promise<ObjectOf<K> | undefined> {
    const resource: Resource<ObjectOf<K>> = readable[kind];
    const ask = async () => {
      try {
        return await this.#options.client.get(resource, ref, { signal });
      } catch (error) {
        if (isKubernetesError(error, "NotFound")) return undefined;
        throw error;
      }
    };
    return this.#ask(`${kind} ${ref.namespace}/${ref.name}`, { ask, signal });
  }

  recordEvent(ref: PodRef, event: PodEventRecord): void {
    const { namespace, name, uid } = ref;
    const fieldPath = event.container === undefined ? {} : { fieldPath: fieldPathOf(this.pod(ref), event.container) };
    this.#options.events.record({ apiVersion: "v1", kind: "Pod", namespace, name, uid, ...fieldPath }, event);
  }

  /** Those whose variables a pod gets: the API server's, and those of its namespace if it wants links to them. */
  async #services({ metadata: { namespace }, spec }: Pod, call: Call): Promise<readonly Service[]> {
    const { client, apiServer } = this.#options;
    const { signal } = call;
    const ask = async () => (await client.list(resources.services, { namespace, signal })).items;
    const linked =
      spec.enableServiceLinks === false ? [] : await this.#ask(`the Services of ${namespace}`, { ask, signal });
    const isListed = namespace === "default" && spec.enableServiceLinks !== false;
    if (apiServer || isListed) return linked;
    const master = await this.read("Service", { namespace: "default", name: "kubernetes" }, call);
    return master ? [master, ...linked] : linked;
  }

  #podOf(ref: PodRef): Pod {
    const pod = this.pod(ref);
    if (!pod)
      throw new ProviderError(
        "NotFound",
        `The cluster has no pod ${ref.namespace}/${ref.name} of UID ${ref.uid} on this node any more`,
      );
    return pod;
  }

  /** What a node may read for a pod ends with the pod: then that it is gone is what there is to say. */
  async #asLongAsThere<T>(ref: PodRef, read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      this.#podOf(ref);
      throw error;
    }
  }

  /** What the API server refuses or cannot give is said in the contract's terms. */
  async #ask<T>(
    what: string,
    { ask, signal }: { readonly ask: () => Promise<T>; readonly signal: AbortSignal },
  ): Promise<T> {
    try {
      return await untilGranted(ask, { signal });
    } catch (error) {
      if (!isKubernetesError(error)) throw error;
      const code = error.code === 401 || error.code === 403 ? "Unauthorized" : "Unavailable";
      throw new ProviderError(code, `The API server does not give ${what}: ${error.message}`, {
        cause: error,
        ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
      });
    }
  }
}

/** Where a container stands in its pod, as a kubelet's events have it. */
function fieldPathOf(pod: Pod | undefined, container: string): string {
  const kinds = ["initContainers", "ephemeralContainers"] as const;
  const kind = kinds.find((each) => pod?.spec[each]?.some(({ name }) => name === container)) ?? "containers";
  return `spec.${kind}{${container}}`;
}

function containerOf({ metadata, spec }: Pod, name: string): Container {
  const found = [...spec.containers, ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])].find(
    (container) => container.name === name,
  );
  if (!found)
    throw new ProviderError("NotFound", `Pod ${metadata.namespace}/${metadata.name} has no container "${name}"`);
  return found;
}
