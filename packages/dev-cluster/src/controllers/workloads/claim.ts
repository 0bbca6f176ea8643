import { type LabelSelector, type Resource, selects, type StoredObject } from "@virtual-kubelet/kubernetes";
import type { ObjectStorage } from "../../storage/object-storage.ts";
import { controllerOf, controllerReference } from "../controller.ts";

export interface Claims<T> {
  /** Selected and owned. */
  readonly owned: readonly T[];
  /** Selected and nobody's. */
  readonly adopt: readonly T[];
  /** Owned and no longer selected. */
  readonly release: readonly T[];
}

/** Which objects are the owner's by its selector (controller-manager, `ControllerRefManager`). An owner that is being deleted adopts nothing. */
export function claimsOf<T extends StoredObject>(
  owner: StoredObject,
  selector: LabelSelector,
  objects: readonly T[],
): Claims<T> {
  const claims = { owned: [] as T[], adopt: [] as T[], release: [] as T[] };
  for (const object of objects) {
    const controller = controllerOf(object);
    const selected = selects(selector, object.metadata.labels);
    if (controller?.uid === owner.metadata.uid) claims[selected ? "owned" : "release"].push(object);
    else if (!controller && selected && !isEnding(object) && !isEnding(owner)) claims.adopt.push(object);
  }
  return claims;
}

/** Makes the claims true and returns what is the owner's now. */
export function claim<T extends StoredObject>(
  storage: ObjectStorage,
  resource: Resource<T>,
  call: { readonly owner: StoredObject; readonly claims: Claims<T> },
): readonly T[] {
  const { owner, claims } = call;
  const adopted = claims.adopt.map((object) =>
    storage.update(resource, object.metadata, (current) =>
      withOwnerReferences(current, (all) => [...all, controllerReference(owner)]),
    ),
  );
  for (const object of isEnding(owner) ? [] : claims.release) {
    storage.update(resource, object.metadata, (current) =>
      withOwnerReferences(current, (all) => all.filter(({ uid }) => uid !== owner.metadata.uid)),
    );
  }
  return [...claims.owned, ...adopted];
}

type OwnerReferences = NonNullable<StoredObject["metadata"]["ownerReferences"]>;

function withOwnerReferences<T extends StoredObject>(object: T, change: (all: OwnerReferences) => OwnerReferences): T {
  return {
    ...object,
    metadata: { ...object.metadata, ownerReferences: change(object.metadata.ownerReferences ?? []) },
  };
}

function isEnding(object: StoredObject): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}
