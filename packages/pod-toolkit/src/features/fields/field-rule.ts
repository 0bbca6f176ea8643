import type { Container, Pod, PodSpec, Volume, VolumeMount } from "@virtual-kubelet/kubernetes";
import { type SecurityContext, containersOf } from "../asked-field.ts";

/** When a field is asked for, and a pod that does. */
export interface FieldRule {
  asks(pod: Pod): boolean;
  /** The pod, asking for this too; for nothing else that it did not ask for but what this takes. */
  add(pod: Pod): Pod;
}

/** Whether the value of a field is one that asks for something. */
type Asks<T> = (value: T) => unknown;

/** A field of the pod as a whole. */
export function inSpec(sample: Partial<PodSpec>, asks: Asks<PodSpec>): FieldRule {
  return { asks: ({ spec }) => Boolean(asks(spec)), add: (pod) => withSpec(pod, sample) };
}

/** A field of any container. */
export function inContainer(sample: Partial<Container>, asks: Asks<Container>): FieldRule {
  return {
    asks: (pod) => containersOf(pod).some(asks),
    add: (pod) => withContainer(pod, () => sample),
  };
}

/** A field of a container's resources. */
export function inResources(
  sample: NonNullable<Container["resources"]>,
  asks: Asks<NonNullable<Container["resources"]>>,
): FieldRule {
  return {
    asks: (pod) => containersOf(pod).some(({ resources = {} }) => asks(resources)),
    add: (pod) =>
      withContainer(pod, ({ resources = {} }) => ({
        resources: {
          ...resources,
          ...sample,
          ...(sample.limits ? { limits: { ...resources.limits, ...sample.limits } } : {}),
          ...(sample.requests ? { requests: { ...resources.requests, ...sample.requests } } : {}),
        },
      })),
  };
}

/** A field that a pod's or a container's security context may have. */
export function inEitherSecurity(sample: SecurityContext, asks: Asks<SecurityContext>): FieldRule {
  return {
    asks: (pod) =>
      Boolean(asks(pod.spec.securityContext ?? {})) ||
      containersOf(pod).some(({ securityContext = {} }) => asks(securityContext)),
    add: (pod) => withContainer(pod, ({ securityContext }) => ({ securityContext: { ...securityContext, ...sample } })),
  };
}

/** A field of the pod's own security context. */
export function inPodSecurity(
  sample: NonNullable<PodSpec["securityContext"]>,
  asks: Asks<NonNullable<PodSpec["securityContext"]>>,
): FieldRule {
  return {
    asks: ({ spec }) => Boolean(asks(spec.securityContext ?? {})),
    add: (pod) => withSpec(pod, { securityContext: { ...pod.spec.securityContext, ...sample } }),
  };
}

/** A volume that a container mounts, or has as a device: of others nothing is asked. */
export function inVolumes(sample: Volume, asks: Asks<Volume>): FieldRule {
  return {
    asks: (pod) => usedVolumes(pod).some(asks),
    add: (pod) => withMount(pod, sample),
  };
}

/** How a volume is mounted. */
export function inMounts(sample: Partial<VolumeMount>, asks: Asks<VolumeMount>): FieldRule {
  return {
    asks: (pod) => containersOf(pod).some(({ volumeMounts = [] }) => volumeMounts.some(asks)),
    add: (pod) => withMount(pod, { name: Object.keys(sample).join("-").toLowerCase(), emptyDir: {} }, sample),
  };
}

/** A pod with more in its first container. */
export function withContainer(pod: Pod, more: (container: Container) => Partial<Container>): Pod {
  const [first, ...others] = pod.spec.containers;
  return first ? withSpec(pod, { containers: [{ ...first, ...more(first) }, ...others] }) : pod;
}

/** A pod with a volume more, which its first container mounts. */
export function withMount(pod: Pod, volume: Volume, mount: Partial<VolumeMount> = {}): Pod {
  const added = withSpec(pod, { volumes: [...(pod.spec.volumes ?? []), volume] });
  const { name } = volume;
  return withContainer(added, ({ volumeMounts = [] }) => ({
    volumeMounts: [...volumeMounts, { name, mountPath: `/mnt/${name}`, ...mount }],
  }));
}

export function withSpec(pod: Pod, more: Partial<PodSpec>): Pod {
  return { ...pod, spec: { ...pod.spec, ...more } };
}

function usedVolumes(pod: Pod): readonly Volume[] {
  const used = containersOf(pod).flatMap(({ volumeMounts = [], volumeDevices = [] }) => [
    ...volumeMounts,
    ...volumeDevices,
  ]);
  const names = new Set(used.map(({ name }) => name));
  return (pod.spec.volumes ?? []).filter(({ name }) => names.has(name));
}
