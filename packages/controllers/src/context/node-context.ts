import {
  type Container,
  type KubernetesClient,
  type Pod,
  type Resource,
  type Service,
  resources,
} from "@virtual-kubelet/kubernetes";
import {
  type Call,
  type ContainerRef,
  type EnvironmentCall,
  type ImageCall,
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
  type VolumeCall,
  type VolumeFiles,
  isProviderError,
} from "@virtual-kubelet/provider";
import type { EventRecorder } from "../events/event-recorder.ts";
import type { PodFollower } from "../pods/pod-follower.ts";
import { askApiServer, unlessMissing } from "./ask-api-server.ts";
import { pullCredentials } from "./credentials/pull-credentials.ts";
import { serviceAccountOf } from "./credentials/service-account-of.ts";
import { resolveEnvironment } from "./environment/resolve-environment.ts";
import type { ApiServerForPods } from "./environment/service-variables.ts";
import { podGone } from "./pod-gone.ts";
import { References } from "./references/references.ts";
import type { ClusterDns } from "./resolver/pod-resolver.ts";
import { PodResolvers } from "./resolver/pod-resolvers.ts";
import { issueToken } from "./tokens/issue-token.ts";
import { Tokens } from "./tokens/tokens.ts";
import { Volumes } from "./volumes/volumes.ts";

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
  readonly apiServer?: ApiServerForPods | undefined;
}

const readable: { readonly [K in ReadableKind]: Resource<ObjectOf<K>> } = {
  ConfigMap: resources.configMaps,
  Secret: resources.secrets,
  Service: resources.services,
};

/** What the node lends its provider, read from the API server when it is asked for, and followed for as long as a pod needs it. */
export class NodeContext implements ProviderContext, PodFollower, AsyncDisposable {
  readonly nodeName: string;
  readonly clusterId: string;
  readonly logger: Logger;
  readonly #options: NodeContextOptions;
  readonly #resolvers: PodResolvers;
  readonly #references: References;
  readonly #tokens: Tokens;
  readonly #volumes: Volumes;

  constructor(options: NodeContextOptions) {
    this.#options = options;
    this.nodeName = options.nodeName;
    this.clusterId = options.clusterId;
    this.logger = options.logger;
    const { client, logger, apiServer } = options;
    const pod = (uid: string) => options.pod(uid);
    const isHere = (uid: string) => pod(uid) !== undefined;
    const allocatable = () => options.allocatable();
    const references = new References({ client, logger, isHere });
    const tokens = new Tokens({ issue: (of, request, call) => issueToken(client, { pod: of, request }, call) });
    const { certificateAuthority } = apiServer ?? {};
    const volumes = new Volumes({ references, tokens, events: this, logger, pod, allocatable, certificateAuthority });
    this.#references = references;
    this.#tokens = tokens;
    this.#volumes = volumes;
    this.#resolvers = new PodResolvers({
      cluster: options.clusterDns,
      isKnown: isHere,
      recordEvent: ({ metadata }, event) => this.recordEvent(metadata, event),
    });
  }

  pod(ref: PodRef): Pod | undefined {
    return this.#options.pod(ref.uid);
  }

  async environment(ref: ContainerRef, call: EnvironmentCall): Promise<readonly Variable[]> {
    const pod = this.#podOf(ref.pod);
    const { variables, skipped } = await this.#asLongAsThere(ref.pod, () =>
      resolveEnvironment({
        pod,
        container: containerOf(pod, ref.container),
        addresses: call,
        allocatable: this.#options.allocatable(),
        files: call.files,
        apiServer: this.#options.apiServer,
        configMap: (name) => this.#references.configMap(pod, name, call),
        secret: (name) => this.#references.secret(pod, name, call),
        services: () => this.#services(pod, call),
      }),
    );
    const event = { type: "Warning", reason: "InvalidEnvironmentVariableNames", container: ref.container } as const;
    for (const message of skipped) this.recordEvent(ref.pod, { ...event, message });
    return variables;
  }

  volume(pod: PodRef, call: VolumeCall): AsyncIterable<VolumeFiles> {
    return this.#volumes.contents(pod, call);
  }

  async referencesChanged(pod: PodRef, call: Call): Promise<void> {
    await this.#references.changed(this.#podOf(pod), call);
  }

  resolver(pod: PodRef, own: ResolverConfig): ResolverConfig {
    return this.#resolvers.resolver(this.#podOf(pod), own);
  }

  async pullCredentials(ref: PodRef, call: ImageCall): Promise<RegistryCredential | undefined> {
    const pod = this.#podOf(ref);
    const { namespace } = ref;
    const { credential, events } = await this.#asLongAsThere(ref, () =>
      pullCredentials({
        pod,
        image: call.image,
        secret: (name) => this.read("Secret", { namespace, name }, call),
        serviceAccount: () => serviceAccountOf(pod, { client: this.#options.client, logger: this.logger }, call),
      }),
    );
    for (const event of events) this.recordEvent(ref, event);
    return credential;
  }

  /** Bound to the pod: the token ends with it. */
  async token(ref: PodRef, call: TokenCall): Promise<ServiceAccountToken> {
    const pod = this.#podOf(ref);
    const { token, expiresAt } = await this.#asLongAsThere(ref, () => this.#tokens.get(pod, call));
    return { token, expiresAt };
  }

  /** What is followed for some pod is known; all else is asked for, on behalf of nobody else: whose pod may go meanwhile. */
  async read<K extends ReadableKind>(kind: K, ref: ObjectRef, call: Call): Promise<ObjectOf<K> | undefined> {
    const known = kind === "Service" ? undefined : this.#references.followed({ kind, ...ref });
    if (known) return known as ObjectOf<K>;
    const resource: Resource<ObjectOf<K>> = readable[kind];
    const ask = () => unlessMissing(this.#options.client.get(resource, ref, call));
    return askApiServer(`${kind} ${ref.namespace}/${ref.name}`, { ask, signal: call.signal });
  }

  /** There is a new version of the pod. */
  podChanged(uid: string): void {
    this.#references.podChanged(uid);
  }

  /** The pod is gone, or has ended for good: nothing that only it used is followed any more. */
  forget(uid: string): void {
    this.#references.forget(uid);
    this.#tokens.forget(uid);
    this.#volumes.forget(uid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#references[Symbol.asyncDispose]();
  }

  recordEvent(ref: PodRef, event: PodEventRecord): void {
    const { namespace, name, uid } = ref;
    const fieldPath = event.container === undefined ? {} : { fieldPath: fieldPathOf(this.pod(ref), event.container) };
    this.#options.events.record({ apiVersion: "v1", kind: "Pod", namespace, name, uid, ...fieldPath }, event);
  }

  /** Those whose variables a pod gets: the API server's, and those of its namespace if it wants links to them. */
  async #services(pod: Pod, call: Call): Promise<readonly Service[]> {
    if (pod.spec.enableServiceLinks !== false) {
      const services = await this.#linked(pod, call);
      if (services) return services;
    }
    if (this.#options.apiServer) return [];
    const ofApiServer = await this.#references.apiServer(pod, call);
    return ofApiServer ? [ofApiServer] : [];
  }

  /** Links are a convenience, which few pods need: that a node has no right to list services keeps none of them from running. */
  async #linked(pod: Pod, call: Call): Promise<readonly Service[] | undefined> {
    try {
      return await this.#references.services(pod, call);
    } catch (error) {
      if (!isProviderError(error, "Unauthorized")) throw error;
      const message = `Started without variables for the services of its namespace: ${error.message}`;
      this.recordEvent(pod.metadata, { type: "Warning", reason: "MissingServiceLinks", message });
      return undefined;
    }
  }

  #podOf(ref: PodRef): Pod {
    const pod = this.pod(ref);
    if (!pod) throw podGone(ref);
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
