import type { Pod } from "@virtual-kubelet/kubernetes";
import type { RegistryCredential, ResolverConfig, Variable, VolumeFiles } from "@virtual-kubelet/provider";
import type { NomadJob } from "./api/job.ts";
import type { NomadVariable } from "./api/variable.ts";
import type { PodOwner } from "./job/identity.ts";
import type { ResolvedNomadOptions } from "./options.ts";

/** What a job is made of besides its pod. */
export interface PodMaterial {
  readonly options: ResolvedNomadOptions;
  readonly owner: PodOwner;
  readonly revision: string;
  /** By container, as `MaterialNeeds` says. */
  readonly environments: ReadonlyMap<string, readonly Variable[]>;
  /** By volume. */
  readonly volumes: ReadonlyMap<string, VolumeFiles>;
  /** By image. */
  readonly credentials: ReadonlyMap<string, RegistryCredential | undefined>;
  readonly resolver?: ResolverConfig | undefined;
  /** What a core of the clients has, where the options do not say it; 1000 when nobody knows. */
  readonly mhzPerCpu?: number | undefined;
}

/** What has to be pulled from the context before the job can be made. */
export interface MaterialNeeds {
  readonly containers: readonly string[];
  /** configMap, secret, downwardAPI and projected volumes that are mounted. */
  readonly volumes: readonly string[];
  /** Of drivers that pull. */
  readonly images: readonly string[];
  /** Whether tasks can be told how names are resolved. */
  readonly resolver: boolean;
  /** To be lent to `environment()`: texts in whose place Nomad puts the addresses. */
  readonly podIPs: readonly string[];
  readonly hostIPs: readonly string[];
}

export interface TranslatedPod {
  readonly job: NomadJob;
  /** Written before the job, and deleted with it: all that is sensitive, and the files, live only here. */
  readonly variables: readonly NomadVariable[];
  /** What a user may want to know: roundings, defaults, what is lost. */
  readonly notes: readonly string[];
}

export function materialNeeds(pod: Pod, options: ResolvedNomadOptions): MaterialNeeds {
  throw new Error(`not yet: ${pod.metadata.name} ${options.driver}`);
}

/** A pod as a job. `InvalidInput` with the reason where it cannot be one. */
export function jobFromPod(pod: Pod, material: PodMaterial): TranslatedPod {
  throw new Error(`not yet: ${pod.metadata.name} ${material.revision}`);
}

/**
 * The variables of the pod's files and environments with what the material has now; to be written where they differ from what was written last.
 * `InvalidInput` when they have grown out of the job's variables.
 */
export function variablesFromPod(pod: Pod, material: PodMaterial): readonly NomadVariable[] {
  return jobFromPod(pod, material).variables;
}
