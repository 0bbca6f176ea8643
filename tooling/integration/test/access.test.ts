import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { type RequestOptions, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type DevCluster, startDevCluster } from "@virtual-kubelet/dev-cluster";
import { KubernetesClient, resources } from "@virtual-kubelet/kubernetes";
import { MockBackend } from "@virtual-kubelet/provider-mock";
import { expect, test } from "vitest";
import { mockOf, nodeName, startNode } from "./cluster-with-node.ts";

const listening = { address: "127.0.0.1", hostAddress: "127.0.0.1", port: 0 };

async function askNode(client: KubernetesClient, options: RequestOptions): Promise<string> {
  const { status } = await client.get(resources.nodes, { name: nodeName });
  const port = status?.daemonEndpoints?.kubeletEndpoint?.Port;
  const common = { host: "127.0.0.1", port, path: "/healthz", agent: false, rejectUnauthorized: false } as const;
  const [answer] = (await once(request({ ...common, ...options }).end(), "response")) as [IncomingMessage];
  return text(answer);
}

/** The certificate of somebody in the cluster. */
async function janeOf(cluster: DevCluster): Promise<RequestOptions> {
  const call = { refresh: false, signal: AbortSignal.timeout(10_000) };
  const { cert, key } = await cluster.connection({ user: "jane" }).credentials(call);
  return { cert, key };
}

test("a node knows its callers by what its cluster says of them", async () => {
  await using cluster = await startDevCluster();
  await using client = new KubernetesClient({ connection: cluster.connection() });
  const kubeletApi = { ...listening, clientAuthorityFromCluster: true };
  await using _node = await startNode(cluster, { provider: mockOf(new MockBackend()), kubeletApi });
  const jane = await janeOf(cluster);
  expect(await askNode(client, jane)).toBe("ok");
  expect(await askNode(client, { headers: { Authorization: "Bearer junk" } })).toBe("Unauthorized");
  await using other = await startDevCluster();
  expect(await askNode(client, await janeOf(other))).toBe("Unauthorized");
});

test("a node without an identity of its own is not given serving certificates, and is told what to do", async () => {
  await using cluster = await startDevCluster();
  const starting = startNode(cluster, {
    provider: mockOf(new MockBackend()),
    connection: cluster.connection({ user: "somebody" }),
    kubeletApi: { ...listening, servingCertificateFolder: join(tmpdir(), "never-made") },
  });
  await expect(starting).rejects.toThrow(/the node is not known to it as system:node:edge: give it an identity/);
});
