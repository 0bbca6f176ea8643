import type { Container, Pod } from "@virtual-kubelet/kubernetes";
import { isSidecar } from "@virtual-kubelet/pod-toolkit";
import type { ContainerInstance, PodRecord } from "./container-runtime.ts";

/** Everything that a decision about a pod rests on. */
export interface PodSituation {
  readonly record: PodRecord;
  readonly instances: readonly ContainerInstance[];
  /** The containers whose start is under way. */
  readonly starting: ReadonlySet<string>;
  /** Why the last try to start a container came to nothing, and when to try again. */
  readonly failures: ReadonlyMap<string, StartFailure>;
}

export interface StartFailure {
  /** A waiting reason: `CreateContainerConfigError`. */
  readonly reason: string;
  readonly message: string;
  readonly retryAtMs: number;
}

export type ContainerKind = "init" | "sidecar" | "regular" | "ephemeral";

/** One container of a pod, with its runs. */
export interface ContainerHistory {
  readonly container: Container;
  readonly kind: ContainerKind;
  readonly last: ContainerInstance | undefined;
  /** The run before the last. */
  readonly previous: ContainerInstance | undefined;
  /** Runs before that: nobody asks for them any more. */
  readonly older: readonly ContainerInstance[];
  readonly isStarting: boolean;
  readonly failure: StartFailure | undefined;
}

/** The containers of a pod with their runs, in the order of the spec: init containers and sidecars, regular, ephemeral ones. */
export function historyOf(situation: PodSituation): readonly ContainerHistory[] {
  return containersOf(situation.record.pod).map(({ container, kind }) => {
    const runs = situation.instances
      .filter((instance) => instance.container === container.name)
      .toSorted((a, b) => b.attempt - a.attempt);
    const [last, previous, ...older] = runs;
    const isStarting = situation.starting.has(container.name);
    return { container, kind, last, previous, older, isStarting, failure: situation.failures.get(container.name) };
  });
}

export function isAlive({ last }: ContainerHistory): boolean {
  return last !== undefined && last.end === undefined;
}

/**
 * Whether the last run is of another image than the pod asks for now: the only part of a container that may change and
 * takes another run. Runs that do not say of which image they are count as equal.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/container/helpers.go (`HashContainer`)
 */
export function hasChanged({ container, kind, last }: ContainerHistory): boolean {
  if (kind !== "regular" && kind !== "sidecar") return false;
  return last?.image !== undefined && container.image !== undefined && last.image !== container.image;
}

function containersOf(pod: Pod): readonly { readonly container: Container; readonly kind: ContainerKind }[] {
  const init = pod.spec.initContainers ?? [];
  return [
    ...init.map((container) => ({ container, kind: isSidecar(container) ? ("sidecar" as const) : ("init" as const) })),
    ...pod.spec.containers.map((container) => ({ container, kind: "regular" as const })),
    ...(pod.spec.ephemeralContainers ?? []).map((container) => ({ container, kind: "ephemeral" as const })),
  ];
}
