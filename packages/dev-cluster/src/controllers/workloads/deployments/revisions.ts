import type { Deployment, Draft, ReplicaSet } from "@virtual-kubelet/kubernetes";
import { controllerReference } from "../../controller.ts";
import { templateHash, templateHashLabel } from "./template-hash.ts";
import { replicasOf, rolloutBounds } from "./rollout-bounds.ts";

const prefix = "deployment.kubernetes.io/";
const revisionKey = `${prefix}revision`;
const historyKey = `${prefix}revision-history`;
const desiredKey = `${prefix}desired-replicas`;
const maximumKey = `${prefix}max-replicas`;
const ownKeys = new Set([
  revisionKey,
  historyKey,
  desiredKey,
  maximumKey,
  "kubectl.kubernetes.io/last-applied-configuration",
]);

type Annotations = Readonly<Record<string, string>>;

/** The ReplicaSets of a Deployment. */
export interface Revisions {
  /** The one with the template that the Deployment has now; absent until it is created. */
  readonly current: ReplicaSet | undefined;
  /** All others, the oldest first. */
  readonly old: readonly ReplicaSet[];
}

export function revisionsOf(deployment: Deployment, replicaSets: readonly ReplicaSet[]): Revisions {
  const byAge = replicaSets.toSorted((a, b) => ageOf(a) - ageOf(b) || (a.metadata.name < b.metadata.name ? -1 : 1));
  const hash = templateHash(deployment.spec.template);
  const current = byAge.find((one) => one.metadata.labels?.[templateHashLabel] === hash);
  return { current, old: byAge.filter((one) => one !== current) };
}

function ageOf(replicaSet: ReplicaSet): number {
  return Date.parse(replicaSet.metadata.creationTimestamp ?? "") || 0;
}

export function revisionOf(object: ReplicaSet | Deployment): number {
  return Number(object.metadata.annotations?.[revisionKey] ?? 0) || 0;
}

/** The ReplicaSet of the Deployment's template, empty at first. */
export function newReplicaSet(deployment: Deployment, old: readonly ReplicaSet[]): Draft<ReplicaSet> {
  const { template, selector, minReadySeconds } = deployment.spec;
  const hash = templateHash(template);
  const labels = { ...template.metadata?.labels, [templateHashLabel]: hash };
  return {
    metadata: {
      name: `${deployment.metadata.name}-${hash}`,
      namespace: deployment.metadata.namespace,
      labels,
      annotations: currentAnnotations(deployment, undefined, old),
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas: 0,
      ...(minReadySeconds ? { minReadySeconds } : {}),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [templateHashLabel]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}

/**
 * The annotations of the current ReplicaSet: those of the Deployment, the next revision number, and the numbers it had before, when it
 * was current earlier.
 */
export function currentAnnotations(
  deployment: Deployment,
  current: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
): Annotations {
  const before = current?.metadata.annotations ?? {};
  const copied = Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !ownKeys.has(key));
  const revision = Math.max(0, ...old.map(revisionOf)) + 1;
  const had = current ? revisionOf(current) : 0;
  const annotations: Annotations = {
    ...before,
    ...Object.fromEntries(copied),
    ...(current ? {} : sizeAnnotations(deployment)),
  };
  if (had >= revision) return annotations;
  const history = [before[historyKey], had > 0 ? String(had) : undefined].filter((one) => one !== undefined);
  return {
    ...annotations,
    [revisionKey]: String(revision),
    ...(history.length > 0 ? { [historyKey]: history.join(",") } : {}),
  };
}

export function withRevision(deployment: Deployment, revision: number): Deployment {
  const annotations = { ...deployment.metadata.annotations, [revisionKey]: String(revision) };
  return { ...deployment, metadata: { ...deployment.metadata, annotations } };
}

/** How large the Deployment was and could be when a ReplicaSet was sized last: by this its share is known when that changes. */
export function sizeAnnotations(deployment: Deployment): Annotations {
  const replicas = replicasOf(deployment);
  return { [desiredKey]: String(replicas), [maximumKey]: String(replicas + rolloutBounds(deployment).maxSurge) };
}

export function annotatedSize(replicaSet: ReplicaSet): {
  readonly desired: number | undefined;
  readonly maximum: number | undefined;
} {
  const { [desiredKey]: desired, [maximumKey]: maximum } = replicaSet.metadata.annotations ?? {};
  return {
    desired: desired === undefined ? undefined : Number(desired),
    maximum: maximum === undefined ? undefined : Number(maximum),
  };
}

/** Old ReplicaSets beyond `revisionHistoryLimit`, without pods, the lowest revisions first. */
export function expiredRevisions(deployment: Deployment, old: readonly ReplicaSet[]): readonly ReplicaSet[] {
  const limit = deployment.spec.revisionHistoryLimit ?? 10;
  const alive = old.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const surplus = alive.toSorted((a, b) => revisionOf(a) - revisionOf(b)).slice(0, Math.max(0, alive.length - limit));
  return surplus.filter(({ spec, status }) => spec.replicas === 0 && (status?.replicas ?? 0) === 0);
}
