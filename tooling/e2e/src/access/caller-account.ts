import { resources } from "@virtual-kubelet/kubernetes";
import type { PolicyRule } from "../identity/shipped-manifest.ts";
import type { Workbench } from "../suite/workbench.ts";

export interface CallerAccountOptions {
  readonly name: string;
  readonly rules: readonly Omit<PolicyRule, "resourceNames">[];
}

const rbac = "/apis/rbac.authorization.k8s.io/v1";

/** A ServiceAccount of the test's namespace that calls nodes, with rights of the whole cluster. */
export class CallerAccount implements AsyncDisposable {
  readonly user: string;
  readonly token: string;
  readonly #it: Workbench;
  readonly #role: string;

  private constructor(it: Workbench, { user, token, role }: { readonly [key in "user" | "token" | "role"]: string }) {
    this.#it = it;
    this.user = user;
    this.token = token;
    this.#role = role;
  }

  static async create(it: Workbench, { name, rules }: CallerAccountOptions): Promise<CallerAccount> {
    const { client, namespace } = it;
    const role = `${namespace}:${name}`;
    const metadata = { name: role };
    await client.create(resources.serviceAccounts, { metadata: { namespace, name } });
    await client.request({ method: "POST", path: `${rbac}/clusterroles`, body: { metadata, rules } });
    const body = {
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
      subjects: [{ kind: "ServiceAccount", namespace, name }],
    };
    await client.request({ method: "POST", path: `${rbac}/clusterrolebindings`, body });
    const token = (await it.succeed("create", "token", name)).trim();
    return new CallerAccount(it, { user: `system:serviceaccount:${namespace}:${name}`, token, role });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const plural of ["clusterrolebindings", "clusterroles"])
      await this.#it.client.request({ method: "DELETE", path: `${rbac}/${plural}/${this.#role}` });
  }
}
