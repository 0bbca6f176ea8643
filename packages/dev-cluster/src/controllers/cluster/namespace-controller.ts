import { type ConfigMap, type Draft, type Namespace, resources } from "@virtual-kubelet/kubernetes";
import type { ObjectStorage } from "../../storage/object-storage.ts";
import type { StorageEvent } from "../../storage/watch-history.ts";
import { type Controller, allResources, changed } from "../controller.ts";
import { clientAuthority, defaultServiceAccount, keepApiService, rootCertificates } from "./cluster-seed.ts";

export interface NamespaceControllerOptions {
  readonly storage: ObjectStorage;
  /** PEM, for ConfigMap `kube-root-ca.crt`. */
  readonly certificateAuthority: string;
}

/** The names of what `furnish` creates. */
const furniture = new Set(["default", "extension-apiserver-authentication", "kube-root-ca.crt", "kubernetes"]);

/** Gives each namespace what it must have, and empties a namespace that is being deleted before it lets it go. */
export class NamespaceController implements Controller {
  readonly name = "namespace";
  readonly #storage: ObjectStorage;
  readonly #certificateAuthority: string;

  constructor({ storage, certificateAuthority }: NamespaceControllerOptions) {
    this.#storage = storage;
    this.#certificateAuthority = certificateAuthority;
  }

  *keysOf(event: StorageEvent): Iterable<string> {
    const namespace = changed(event, resources.namespaces);
    if (namespace) yield namespace.metadata.name;
    else if (event.object.metadata.namespace && this.#concerns(event)) yield event.object.metadata.namespace;
  }

  reconcile(name: string): undefined {
    const namespace = this.#storage.get(resources.namespaces, { name });
    if (!namespace) return;
    if (namespace.metadata.deletionTimestamp === undefined) this.furnish(name);
    else this.#empty(namespace);
  }

  /** Creates the service account and the certificates that each namespace has, where they are missing or changed. */
  furnish(namespace: string): void {
    const storage = this.#storage;
    if (namespace === "default") keepApiService(storage);
    if (!storage.get(resources.serviceAccounts, { namespace, name: "default" })) {
      storage.create(resources.serviceAccounts, defaultServiceAccount(namespace));
    }
    this.#keep(rootCertificates(namespace, this.#certificateAuthority));
    if (namespace === "kube-system") this.#keep(clientAuthority(this.#certificateAuthority));
  }

  #keep(wanted: Draft<ConfigMap>): void {
    const storage = this.#storage;
    const { namespace = "", name = "" } = wanted.metadata ?? {};
    if (!storage.get(resources.configMaps, { namespace, name })) storage.create(resources.configMaps, wanted);
    else
      storage.update(resources.configMaps, { namespace, name }, (current) => ({ ...current, data: wanted.data ?? {} }));
  }

  /** Whatever comes or goes matters to a namespace that is ending; to others only what it must have. */
  #concerns(event: StorageEvent): boolean {
    const { namespace = "", name } = event.object.metadata;
    if (this.#storage.get(resources.namespaces, { name: namespace })?.metadata.deletionTimestamp !== undefined)
      return true;
    return event.type !== "ADDED" && furniture.has(name);
  }

  #empty({ metadata: { name: namespace, uid } }: Namespace): void {
    let left = 0;
    for (const resource of allResources) {
      if (!resource.namespaced) continue;
      for (const object of this.#storage.list(resource, { namespace })) {
        if (object.metadata.deletionTimestamp === undefined) this.#storage.delete(resource, object.metadata);
      }
      left += this.#storage.list(resource, { namespace }).length;
    }
    if (left > 0 || this.#storage.get(resources.namespaces, { name: namespace })?.metadata.uid !== uid) return;
    this.#storage.update(resources.namespaces, { name: namespace }, (current) => ({
      ...current,
      spec: { ...current.spec, finalizers: [] },
    }));
  }
}
