import type { ContainerRef, PodRef, ProviderContext } from "@virtual-kubelet/provider";
import type { PodOwner } from "@virtual-kubelet/pod-toolkit";
import type { NomadClient } from "../client.ts";
import { jobIdOf } from "../job/identity.ts";
import type { ClientNodes } from "../nodes/client-nodes.ts";
import type { ResolvedNomadOptions } from "../options.ts";
import type { PodMaterials } from "./pod-materials.ts";
import type { OwnNetworks } from "../watch/own-networks.ts";
import type { PodStates } from "../watch/pod-states.ts";
import type { PodWatch } from "../watch/pod-watch.ts";

/** What the verbs of one provider share. */
export interface Scope {
  readonly options: ResolvedNomadOptions;
  readonly context: ProviderContext;
  readonly owner: PodOwner;
  readonly client: NomadClient;
  readonly nodes: ClientNodes;
  readonly networks: OwnNetworks;
  readonly states: PodStates;
  readonly watch: PodWatch;
  readonly materials: PodMaterials;
}

/** Where a container is in Nomad. */
export function targetOf(
  { owner }: Pick<Scope, "owner">,
  container: ContainerRef,
): { readonly jobId: string; readonly container: ContainerRef } {
  return { jobId: jobIdOf(owner, container.pod), container };
}

/** A pod's name for people. */
export function nameOf({ namespace, name }: PodRef): string {
  return `${namespace}/${name}`;
}
