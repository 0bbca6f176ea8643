import type { ConfigMap, Pod, Secret, Service } from "@virtual-kubelet/kubernetes";
import type { Call, EnvironmentCall, ImageCall, TokenCall, VolumeCall } from "./calls.ts";
import type { Logger } from "./logger.ts";
import type { ContainerRef, PodRef } from "./provider.ts";

/** One environment variable of a container. */
export interface Variable {
  readonly name: string;
  readonly value: string;
  /** Whether it comes from a Secret: never log it, and use the backend's field for secrets where there is one. */
  readonly sensitive: boolean;
}

/** One file of a volume. */
export interface VolumeFile {
  /** Relative to the volume: no `..`, no empty part, `/` between parts. */
  readonly path: string;
  readonly content: Uint8Array;
  /** Permission bits, 0o644 say. */
  readonly mode: number;
  /** Who is to own it, when that is not root: a service account's token belongs to the user who needs it. */
  readonly uid?: number;
  readonly sensitive: boolean;
}

/** The whole contents of a volume at one moment. */
export interface VolumeFiles {
  readonly files: readonly VolumeFile[];
}

/** How to log in to an image's registry: by user and password, or by a token. */
export interface RegistryCredential {
  /** Host and port of the image's registry: `docker.io`, `registry.example:5000`. */
  readonly registry: string;
  readonly username?: string;
  readonly password?: string;
  readonly identityToken?: string;
}

export interface ServiceAccountToken {
  readonly token: string;
  readonly expiresAt: Date;
}

/** How a pod's names are resolved; what a resolv.conf says. */
export interface ResolverConfig {
  readonly nameservers: readonly string[];
  readonly searches: readonly string[];
  /** `ndots:5`. */
  readonly options: readonly string[];
}

/** Names an object of a namespace. */
export interface ObjectRef {
  readonly namespace: string;
  readonly name: string;
}

/** The kinds that a provider may read through its context. */
export interface ReadableObjects {
  readonly ConfigMap: ConfigMap;
  readonly Secret: Secret;
  readonly Service: Service;
}
export type ReadableKind = keyof ReadableObjects;
export type ObjectOf<K extends ReadableKind> = ReadableObjects[K];

/** An event on a pod, as `kubectl describe pod` shows it. */
export interface PodEventRecord {
  readonly type: "Normal" | "Warning";
  /** One word in CamelCase: `Started`. */
  readonly reason: string;
  readonly message: string;
  /** The container it is about. */
  readonly container?: string;
}

/**
 * What a node lends its provider. What a pod needs is pulled from here when and where a container starts, so that a
 * restart resolves again. When something is missing these throw a `ProviderError`, which the provider passes on: the node
 * shows kubelet's waiting reason and tries again when the object appears.
 */
export interface ProviderContext {
  readonly nodeName: string;
  /** Tells this cluster from others that share the backend. */
  readonly clusterId: string;
  readonly logger: Logger;
  /** The newest desired state of a pod of this node. */
  pod(ref: PodRef): Pod | undefined;
  /** A container's environment, in order, resolved from the newest objects. `NotFound` when the pod is gone: do not start. */
  environment(container: ContainerRef, call: EnvironmentCall): Promise<readonly Variable[]>;
  /**
   * The contents of a configMap, secret, downwardAPI or projected volume now, and again after each change, until the pod is
   * gone or the signal aborts. `ConfigMissing` when something that is not optional is missing at first; what goes missing
   * later leaves the volume as it is. `InvalidInput` for a volume of another kind.
   */
  volume(pod: PodRef, call: VolumeCall): AsyncIterable<VolumeFiles>;
  /** Resolves once something that the pod refers to has changed, or may have: what was missing may be there. */
  referencesChanged(pod: PodRef, call: Call): Promise<void>;
  /** How the pod's names are resolved by its `dnsPolicy` and `dnsConfig`; `own` is what the place where it runs has. */
  resolver(pod: PodRef, own: ResolverConfig): ResolverConfig;
  /** What the pod's pull secrets, or else its service account's, have for the image, most specific first; `undefined`: pull without. */
  pullCredentials(pod: PodRef, call: ImageCall): Promise<RegistryCredential | undefined>;
  /** A token of the pod's service account, bound to the pod. */
  token(pod: PodRef, call: TokenCall): Promise<ServiceAccountToken>;
  read<K extends ReadableKind>(kind: K, ref: ObjectRef, call: Call): Promise<ObjectOf<K> | undefined>;
  recordEvent(pod: PodRef, event: PodEventRecord): void;
}
