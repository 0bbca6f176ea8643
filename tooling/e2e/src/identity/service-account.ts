import { type Connection, type KubernetesClient, isKubernetesError, resources } from "@virtual-kubelet/kubernetes";
import type { Workbench } from "../suite/workbench.ts";
import { type Right, rolesFor } from "./rights.ts";
import { type ManifestObject, shippedManifest } from "./shipped-manifest.ts";

export interface TrialAccountOptions {
  readonly name: string;
  readonly nodeName: string;
  /** A right of the shipped roles that it is not to have. */
  readonly without?: Right;
}

/** A ServiceAccount of the test's namespace with the shipped roles, for a node. */
export class TrialAccount implements AsyncDisposable {
  readonly connection: Connection;
  readonly #client: KubernetesClient;
  readonly #objects: readonly ManifestObject[];

  private constructor(connection: Connection, client: KubernetesClient, objects: readonly ManifestObject[]) {
    this.connection = connection;
    this.#client = client;
    this.#objects = objects;
  }

  static async create(it: Workbench, options: TrialAccountOptions): Promise<TrialAccount> {
    const { client, namespace } = it;
    const { name, nodeName, without } = options;
    await client.create(resources.serviceAccounts, { metadata: { namespace, name } });
    const objects = rolesFor(shippedManifest("service-account.yaml"), { name, namespace, nodeName, without });
    for (const object of objects) await client.request({ method: "POST", path: pathOf(object), body: object });
    const user = `system:serviceaccount:${namespace}:${name}`;
    await it.until(() => hasAll(client, objects, user), `the rights of ${user}`);
    const admin = await it.connection();
    const { ca = "" } = await admin.credentials({ refresh: false, signal: AbortSignal.timeout(10_000) });
    const { status } = await client.createSubresource<{ readonly status: { readonly token: string } }>(
      resources.serviceAccounts,
      { namespace, name, subresource: "token" },
      { body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} } },
    );
    const connection = { server: admin.server, credentials: () => ({ ca, token: status.token }) };
    return new TrialAccount(connection, client, objects);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const object of this.#objects) {
      const path = `${pathOf(object)}/${encodeURIComponent(object.metadata.name)}`;
      await this.#client.request({ method: "DELETE", path }).catch((error: unknown) => {
        if (!isKubernetesError(error, "NotFound")) throw error;
      });
    }
  }
}

function pathOf({ kind, metadata }: ManifestObject): string {
  const scope = metadata.namespace === undefined ? "" : `namespaces/${metadata.namespace}/`;
  return `/apis/rbac.authorization.k8s.io/v1/${scope}${kind.toLowerCase()}s`;
}

/** The authorizer hears of roles a moment later. */
async function hasAll(client: KubernetesClient, objects: readonly ManifestObject[], user: string): Promise<boolean> {
  for (const { rules = [], metadata } of objects) {
    for (const { apiGroups, verbs, resources: names, resourceNames: [name] = [] } of rules) {
      for (const verb of verbs) {
        const [resource, subresource] = (names[0] ?? "").split("/");
        const resourceAttributes = { ...metadata, group: apiGroups[0], verb, resource, subresource, name };
        const spec = { user, resourceAttributes };
        const review = { apiVersion: "authorization.k8s.io/v1", kind: "SubjectAccessReview", spec };
        const path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
        const { status } = await client.request<{ readonly status: { readonly allowed: boolean } }>({
          method: "POST",
          path,
          body: review,
        });
        if (!status.allowed) return false;
      }
    }
  }
  return true;
}
