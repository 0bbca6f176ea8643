import type { PodOwner } from "@virtual-kubelet/pod-toolkit";
import type { RegistryCredential, ResolverConfig, Variable, VolumeFiles } from "@virtual-kubelet/provider";
import type { ResolvedNomadOptions } from "../options.ts";

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
