import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { kubeconfigText } from "@virtual-kubelet/control-plane";
import { type Connection, isKubernetesError, resources } from "@virtual-kubelet/kubernetes";
import type { Workbench } from "../suite/workbench.ts";
import { manifestPath } from "./shipped-manifest.ts";

/** A token by which nodes may ask for certificates; of the group that the shipped manifest approves, or of another one. */
export class BootstrapToken implements AsyncDisposable {
  readonly group: string;
  readonly connection: Connection;
  readonly #it: Workbench;
  readonly #name: string;

  private constructor(
    it: Workbench,
    token: { readonly group: string; readonly name: string; readonly connection: Connection },
  ) {
    this.#it = it;
    this.group = token.group;
    this.connection = token.connection;
    this.#name = token.name;
  }

  static async create(it: Workbench, suffix = "virtual-kubelet"): Promise<BootstrapToken> {
    await bindBootstrappers(it);
    const [id, secret] = [randomBytes(3).toString("hex"), randomBytes(8).toString("hex")];
    const group = `system:bootstrappers:${suffix}`;
    const name = `bootstrap-token-${id}`;
    await it.client.create(resources.secrets, {
      metadata: { namespace: "kube-system", name },
      type: "bootstrap.kubernetes.io/token",
      stringData: {
        "token-id": id,
        "token-secret": secret,
        "usage-bootstrap-authentication": "true",
        "auth-extra-groups": group,
      },
    });
    const admin = await it.connection();
    const { ca = "" } = await admin.credentials({ refresh: false, signal: AbortSignal.timeout(10_000) });
    const connection = { server: admin.server, credentials: () => ({ ca, token: `${id}.${secret}` }) };
    return new BootstrapToken(it, { group, name, connection });
  }

  /** A kubeconfig with it: its path. */
  async writeKubeconfig(name: string): Promise<string> {
    const { server } = this.connection;
    const { ca = "", token } = await this.connection.credentials({
      refresh: false,
      signal: AbortSignal.timeout(10_000),
    });
    const path = join(this.#it.stage.folder, `${name}.kubeconfig`);
    const cluster = { server, "certificate-authority-data": Buffer.from(ca).toString("base64") };
    await writeFile(path, kubeconfigText({ cluster, user: { token } }), { mode: 0o600 });
    return path;
  }

  /** From now on the cluster does not know it. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#it.client.delete(resources.secrets, { namespace: "kube-system", name: this.#name });
    } catch (error) {
      if (!isKubernetesError(error, "NotFound")) throw error;
    }
  }
}

let binding: Promise<string> | undefined;

/** Lets holders of tokens become nodes: once, for two who apply the same manifest at the same time stand in each other's way. */
export async function bindBootstrappers(it: Workbench): Promise<void> {
  binding ??= it.succeed("apply", "--filename", manifestPath("node-bootstrap.yaml"));
  await binding;
}
