import { randomUUID } from "node:crypto";
import type { ControlPlane } from "@virtual-kubelet/control-plane";
import { type Connection, type CredentialsCall, KubernetesClient } from "@virtual-kubelet/kubernetes";

interface Review {
  readonly status: {
    readonly userInfo: { readonly username: string; readonly extra?: Readonly<Record<string, readonly string[]>> };
  };
}

/** A client whose requests can be told from all others in the API server's audit log. */
export class Caller implements AsyncDisposable {
  readonly client: KubernetesClient;
  /** What was wrong each time that newer credentials were looked for: they were refused, or only the CA was not the one. */
  readonly renewals: CredentialsCall["refresh"][] = [];
  readonly #cluster: ControlPlane;
  readonly #userAgent = `caller-${randomUUID()}`;

  constructor(cluster: ControlPlane, connection: Connection) {
    this.#cluster = cluster;
    const credentials: Connection["credentials"] = (call) => {
      if (call.refresh) this.renewals.push(call.refresh);
      return connection.credentials(call);
    };
    this.client = new KubernetesClient({ connection: { ...connection, credentials }, userAgent: this.#userAgent });
  }

  /** Who the API server takes us for, and by which token or certificate. It asks with a POST, which is not repeated lightly. */
  async whoami(): Promise<string> {
    const { status } = await this.client.request<Review>({
      method: "POST",
      path: "/apis/authentication.k8s.io/v1/selfsubjectreviews",
      body: { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" },
    });
    const { username, extra } = status.userInfo;
    return [username, ...(extra?.["authentication.kubernetes.io/credential-id"] ?? [])].join(" ");
  }

  /** What the API server has done for us so far, once we were let in: `create 201`. */
  async done(): Promise<string[]> {
    const events = await this.#cluster.auditEvents();
    return events
      .filter(({ userAgent }) => userAgent === this.#userAgent)
      .map(({ verb, responseStatus }) => `${verb} ${responseStatus?.code}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client[Symbol.asyncDispose]();
  }
}
