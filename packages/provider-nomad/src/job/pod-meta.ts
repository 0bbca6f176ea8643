import type { Pod } from "@virtual-kubelet/kubernetes";
import { type PodOwner, isSidecar, refOf } from "@virtual-kubelet/pod-toolkit";
import { ownerMeta } from "./identity.ts";

/** A container, as its job remembers it. */
export interface ContainerMeta {
  readonly name: string;
  readonly kind: "init" | "sidecar" | "regular";
  readonly image: string;
}

/** What a job remembers of its pod besides whose it is: enough to tell its status by. */
export interface PodMeta {
  readonly restartPolicy: "Always" | "OnFailure" | "Never";
  /** Init containers first, in the pod's order. */
  readonly containers: readonly ContainerMeta[];
  /** How many variables its templates read. */
  readonly variables: number;
}

const podKey = "vk_pod";

export function jobMeta(
  pod: Pod,
  { owner, revision, variables }: { readonly owner: PodOwner; readonly revision: string; readonly variables: number },
): Readonly<Record<string, string>> {
  const meta: PodMeta = { restartPolicy: restartPolicyOf(pod), containers: containersOf(pod), variables };
  return { ...ownerMeta({ owner, pod: refOf(pod), revision }), [podKey]: JSON.stringify(meta) };
}

/** `undefined` when it is not there or is damaged. */
export function podMetaOf(meta: Readonly<Record<string, string>>): PodMeta | undefined {
  try {
    const found = JSON.parse(meta[podKey] ?? "null") as PodMeta | null;
    return found && Array.isArray(found.containers) && typeof found.restartPolicy === "string" ? found : undefined;
  } catch {
    return undefined;
  }
}

export function restartPolicyOf({ spec }: Pod): PodMeta["restartPolicy"] {
  const { restartPolicy } = spec;
  return restartPolicy === "Never" || restartPolicy === "OnFailure" ? restartPolicy : "Always";
}

function containersOf({ spec }: Pod): readonly ContainerMeta[] {
  return [
    ...(spec.initContainers ?? []).map((each) => metaOf(each, isSidecar(each) ? "sidecar" : "init")),
    ...spec.containers.map((each) => metaOf(each, "regular")),
  ];
}

function metaOf({ name, image = "" }: Pod["spec"]["containers"][number], kind: ContainerMeta["kind"]): ContainerMeta {
  return { name, kind, image };
}
