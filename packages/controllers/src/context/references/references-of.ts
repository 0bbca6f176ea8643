import type { Container, Pod, Volume } from "@virtual-kubelet/kubernetes";

/** An object of the pod's namespace that the pod refers to. */
export interface Reference {
  readonly kind: "ConfigMap" | "Secret";
  readonly name: string;
}

/**
 * The ConfigMaps and Secrets that a pod's environment and volumes are made of, each once. Pull secrets are not among them:
 * they are read when an image is pulled, and what they say is not followed.
 */
export function referencesOf({ spec }: Pod): readonly Reference[] {
  const containers = [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])];
  const all = [...containers.flatMap(ofContainer), ...(spec.volumes ?? []).flatMap(ofVolume)];
  return [...new Map(all.map((reference) => [`${reference.kind}/${reference.name}`, reference])).values()];
}

function ofContainer({ env = [], envFrom = [] }: Pick<Container, "env" | "envFrom">): readonly Reference[] {
  return [
    ...envFrom.flatMap(({ configMapRef, secretRef }) => [
      ...named("ConfigMap", configMapRef?.name),
      ...named("Secret", secretRef?.name),
    ]),
    ...env.flatMap(({ valueFrom }) => [
      ...named("ConfigMap", valueFrom?.configMapKeyRef?.name),
      ...named("Secret", valueFrom?.secretKeyRef?.name),
    ]),
  ];
}

function ofVolume({ configMap, secret, projected }: Volume): readonly Reference[] {
  return [
    ...named("ConfigMap", configMap?.name),
    ...named("Secret", secret?.secretName),
    ...(projected?.sources ?? []).flatMap((source) => [
      ...named("ConfigMap", source.configMap?.name),
      ...named("Secret", source.secret?.name),
    ]),
  ];
}

function named(kind: Reference["kind"], name: string | undefined): readonly Reference[] {
  return name ? [{ kind, name }] : [];
}
