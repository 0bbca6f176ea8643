import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { ControlPlane } from "@virtual-kubelet/control-plane";
import { type Credentials, isKubernetesError, KubernetesClient, resources } from "@virtual-kubelet/kubernetes";
import { vi } from "vitest";
import { Caller } from "./caller.ts";

/** What the API server knows today and refuses tomorrow. */
export interface Perishable<T> {
  readonly credentials: T;
  /** Resolves when the API server refuses it. */
  end(): Promise<void>;
}

/** A token of the service account `default/default`, bound to a Secret of its own: its end is that Secret's. */
export async function perishableToken(cluster: ControlPlane): Promise<Perishable<{ readonly token: string }>> {
  await using client = new KubernetesClient({ connection: cluster.admin });
  const secret = { name: `token-${randomUUID()}`, namespace: "default" };
  const { metadata } = await client.create(resources.secrets, { metadata: secret });
  const boundObjectRef = { apiVersion: "v1", kind: "Secret", name: secret.name, uid: metadata.uid };
  const ask = (): Promise<{ readonly status: { readonly token: string } }> =>
    client.request({
      method: "POST",
      path: `/api/v1/namespaces/default/serviceaccounts/default/token`,
      body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { boundObjectRef } },
    });
  // The account itself comes a moment after its namespace.
  const { token } = (await vi.waitFor(ask, waiting)).status;
  const end = async (): Promise<void> => {
    await using owner = new KubernetesClient({ connection: cluster.admin });
    await owner.delete(resources.secrets, secret);
    await untilRefused(cluster, { token });
  };
  return { credentials: { token }, end };
}

/** A client certificate that is good for as long as it takes to use it once or twice. */
export function perishableCertificate(
  cluster: ControlPlane,
  commonName: string,
): Perishable<{ readonly cert: string; readonly key: string }> {
  const { certificate: cert, key } = cluster.issueClientCertificate({
    commonName,
    organizations: ["system:masters"],
    notBefore: new Date(Date.now() - 1000),
    validForMs: 20_000,
  });
  return { credentials: { cert, key }, end: () => untilRefused(cluster, { cert, key }) };
}

/** An API server believes a token that it has just seen for ten seconds more. */
const waiting = { timeout: 45_000, interval: 500 };

async function untilRefused(cluster: ControlPlane, proof: Credentials): Promise<void> {
  const ca = await readFile(cluster.authoritiesFile, "utf8");
  await using caller = new Caller(cluster, { server: cluster.server, credentials: () => ({ ca, ...proof }) });
  await vi.waitFor(async () => {
    const refusal = await caller.whoami().catch((error: unknown) => error);
    if (!isKubernetesError(refusal, "Unauthorized")) throw new Error("it is not refused yet", { cause: refusal });
  }, waiting);
}
