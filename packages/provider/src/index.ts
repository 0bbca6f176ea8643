/**
 * The contract between a virtual node and the backend that runs its pods, and nothing else.
 *
 * @example
 * ```ts
 * import type { PodState, Provider } from "@virtual-kubelet/provider";
 *
 * const pods = new Map<string, PodState>();
 *
 * export const provider: Provider = {
 *   createPod: ({ metadata: { namespace, name, uid } }, { revision }) =>
 *     void pods.set(uid, { namespace, name, uid, revision, status: { phase: "Running" } }),
 *   deletePod: ({ uid }) => void pods.delete(uid),
 *   getPod: ({ uid }) => pods.get(uid),
 *   getPods: () => pods.values(),
 * };
 * ```
 */
export type { ByteDuplex, ByteSink, ByteSource } from "./byte-streams.ts";
export type {
  AdoptCall,
  AttachCall,
  Call,
  CreateCall,
  DeleteCall,
  EnvironmentCall,
  ExecCall,
  ImageCall,
  LogCall,
  PodChange,
  PortCall,
  TokenCall,
  UpdateCall,
  VolumeCall,
  WrittenFiles,
} from "./calls.ts";
export type { ContainerProcess, Exit, TerminalSize } from "./container-process.ts";
export { defineProvider } from "./define-provider.ts";
export type {
  DefinedProvider,
  OptionsSchema,
  ProviderDefinition,
  ProviderFactory,
  Translation,
} from "./define-provider.ts";
export { silentLogger } from "./logger.ts";
export type { LogMethod, Logger } from "./logger.ts";
export type { NodeDescription } from "./node-description.ts";
export type { PodFeature, PodFeatureRow, PodFeatures } from "./pod-features.ts";
export type {
  ObjectOf,
  ObjectRef,
  PodEventRecord,
  ProviderContext,
  ReadableKind,
  RegistryCredential,
  ResolverConfig,
  ServiceAccountToken,
  Variable,
  VolumeFile,
  VolumeFiles,
} from "./provider-context.ts";
export { ProviderError, isProviderError, providerErrorPolicies } from "./provider-error.ts";
export type { ProviderErrorCode, ProviderErrorOptions, ProviderErrorPolicy } from "./provider-error.ts";
export type { Awaitable, ContainerRef, PodEvent, PodRef, PodState, Provider } from "./provider.ts";
export type {
  ContainerStats,
  CpuStats,
  FsStats,
  InterfaceStats,
  MemoryStats,
  NetworkStats,
  NodeStats,
  PodStats,
  StatsSummary,
  SwapStats,
} from "./stats-summary.ts";
