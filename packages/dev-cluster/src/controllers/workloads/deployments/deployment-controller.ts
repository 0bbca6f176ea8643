import { type Deployment, type ReplicaSet, resources, selects } from "@virtual-kubelet/kubernetes";
import type { ObjectStorage } from "../../../storage/object-storage.ts";
import type { StorageEvent } from "../../../storage/watch-history.ts";
import { type Controller, changed, controllerOf, keyOf, nameOf } from "../../controller.ts";
import { isTerminal } from "../../pod-readiness.ts";
import { recordEvent } from "../../record-event.ts";
import { claim, claimsOf } from "../claim.ts";
import { deploymentStatus, isComplete } from "./deployment-status.ts";
import {
  currentAnnotations,
  expiredRevisions,
  newReplicaSet,
  revisionOf,
  type Revisions,
  revisionsOf,
  sizeAnnotations,
  withRevision,
} from "./revisions.ts";
import { mayCreate, rolloutOf, type RolloutState, type ScaleStep } from "./rollout.ts";
import { replicasOf } from "./rollout-bounds.ts";

/** Rolls each Deployment out, one step at a time: every step changes a ReplicaSet, and its new status brings the next. */
export class DeploymentController implements Controller {
  readonly name = "deployment";
  readonly #storage: ObjectStorage;

  constructor({ storage }: { readonly storage: ObjectStorage }) {
    this.#storage = storage;
  }

  /** Pods are seen through the status of their ReplicaSets, which also counts those that are still terminating. */
  *keysOf(event: StorageEvent): Iterable<string> {
    const deployment = changed(event, resources.deployments);
    if (deployment) yield keyOf(deployment.metadata);
    const replicaSet = changed(event, resources.replicaSets);
    if (replicaSet) yield* this.#deploymentsOf(replicaSet);
  }

  reconcile(key: string): number | undefined {
    const found = this.#storage.get(resources.deployments, nameOf(key));
    if (!found) return undefined;
    if (found.metadata.deletionTimestamp !== undefined) return this.#report(found, false);
    const state = this.#stateOf(found);
    const created = !state.current && mayCreate(found, state);
    if (created) this.#storage.create(resources.replicaSets, newReplicaSet(found, state.old));
    const deployment = this.#number(found);
    for (const step of rolloutOf(deployment, this.#stateOf(deployment))) this.#scale(deployment, step);
    const recheckMs = this.#report(deployment, created);
    this.#forgetHistory(deployment);
    return recheckMs;
  }

  #replicaSetsOf(deployment: Deployment): readonly ReplicaSet[] {
    const all = this.#storage.list(resources.replicaSets, { namespace: deployment.metadata.namespace });
    const claims = claimsOf(deployment, deployment.spec.selector, all);
    return claim(this.#storage, resources.replicaSets, { owner: deployment, claims });
  }

  #stateOf(deployment: Deployment): RolloutState {
    const revisions = revisionsOf(deployment, this.#replicaSetsOf(deployment));
    const old = new Set(revisions.old.map(({ metadata }) => metadata.uid));
    const pods = this.#storage.list(resources.pods, { namespace: deployment.metadata.namespace });
    return { ...revisions, oldPodsRun: pods.some((pod) => !isTerminal(pod) && old.has(controllerOf(pod)?.uid ?? "")) };
  }

  /** Gives the current ReplicaSet the newest revision number, and the Deployment the same. */
  #number(deployment: Deployment): Deployment {
    const { current, old } = revisionsOf(deployment, this.#replicaSetsOf(deployment));
    if (!current) return deployment;
    const { minReadySeconds = 0 } = deployment.spec;
    const numbered = this.#storage.update(resources.replicaSets, current.metadata, (one) => ({
      ...one,
      metadata: { ...one.metadata, annotations: currentAnnotations(deployment, one, old) },
      spec: minReadySeconds === (one.spec.minReadySeconds ?? 0) ? one.spec : { ...one.spec, minReadySeconds },
    }));
    return this.#storage.update(resources.deployments, deployment.metadata, (one) =>
      withRevision(one, revisionOf(numbered)),
    );
  }

  #scale(deployment: Deployment, { replicaSet, replicas }: ScaleStep): void {
    const before = replicasOf(replicaSet);
    this.#storage.update(resources.replicaSets, replicaSet.metadata, (current) => ({
      ...current,
      metadata: {
        ...current.metadata,
        annotations: { ...current.metadata.annotations, ...sizeAnnotations(deployment) },
      },
      spec: { ...current.spec, replicas },
    }));
    if (before === replicas) return;
    const direction = replicas > before ? "up" : "down";
    const message = `Scaled ${direction} replica set ${replicaSet.metadata.name} from ${before} to ${replicas}`;
    recordEvent(this.#storage, deployment, {
      component: "deployment-controller",
      type: "Normal",
      reason: "ScalingReplicaSet",
      message,
    });
  }

  #report(deployment: Deployment, created: boolean): number | undefined {
    const revisions: Revisions = revisionsOf(deployment, this.#replicaSetsOf(deployment));
    const { status, recheckMs } = deploymentStatus(deployment, { ...revisions, created, nowMs: Date.now() });
    this.#storage.update(resources.deployments, deployment.metadata, (current) => ({ ...current, status }));
    return recheckMs;
  }

  #forgetHistory(deployment: Deployment): void {
    const current = this.#storage.get(resources.deployments, deployment.metadata);
    if (!current || !isComplete(current, current.status ?? {})) return;
    const { old } = revisionsOf(current, this.#replicaSetsOf(current));
    for (const { metadata } of expiredRevisions(current, old))
      this.#storage.delete(resources.replicaSets, metadata, { uid: metadata.uid });
  }

  *#deploymentsOf(replicaSet: ReplicaSet): Iterable<string> {
    const owner = controllerOf(replicaSet);
    const { namespace, labels } = replicaSet.metadata;
    if (owner?.kind === "Deployment") yield keyOf({ namespace, name: owner.name });
    if (owner) return;
    for (const { spec, metadata } of this.#storage.list(resources.deployments, { namespace })) {
      if (selects(spec.selector, labels)) yield keyOf(metadata);
    }
  }
}
