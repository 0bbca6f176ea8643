import { type ChannelListener, subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { type RequestOptions, request } from "node:https";
import { text } from "node:stream/consumers";
import type { ControllersMessages } from "@virtual-kubelet/controllers";
import { startDevCluster } from "@virtual-kubelet/dev-cluster";
import {
  KubernetesClient,
  type KubernetesMessages,
  type Resource,
  type StoredObject,
  resources,
} from "@virtual-kubelet/kubernetes";
import type { Provider, ProviderContext } from "@virtual-kubelet/provider";
import { MockBackend } from "@virtual-kubelet/provider-mock";
import { Belongings } from "../../src/belongings.ts";
import { Heard } from "../../src/heard.ts";
import { type ApiProxy, startApiProxy } from "../api-proxy.ts";
import { mockOf, nodeName, startNode } from "../cluster-with-node.ts";
import { base64, secretOf } from "./canaries.ts";

export interface HeardNode extends AsyncDisposable {
  readonly client: KubernetesClient;
  /** All that the node says, to whomever. */
  readonly heard: Heard;
  /** Asks the node for everything that can be asked of it, as one who may and as others, and the cluster for what it has of the node. */
  askAround(paths: readonly string[]): Promise<void>;
}

/** A node on a backend in memory whose provider is made by `provider`, and everybody who may hear of it. */
export async function startHeardNode(
  provider: (mock: Provider, parts: { readonly context: ProviderContext; readonly heard: Heard }) => Provider,
): Promise<HeardNode> {
  await using stack = new Belongings();
  const cluster = stack.use(await startDevCluster());
  const client = stack.use(new KubernetesClient({ connection: cluster.connection() }));
  const proxy = stack.use(await startApiProxy(cluster));
  const heard = new Heard();
  stack.defer(listenInside(heard));
  Object.assign(proxy, { refuse, answer });
  // Whose a caller's token is, nobody but the cluster can say.
  proxy.overhear = ({ method, path }, body) =>
    path.endsWith("/tokenreviews") ? undefined : heard.add(`${method} ${path}`, body);
  const host = "127.0.0.1";
  stack.use(
    await startNode(cluster, {
      connection: proxy.connection,
      logger: heard.logger(),
      kubeletApi: {
        address: host,
        port: 0,
        hostAddress: host,
        clientCertificateAuthority: cluster.certificateAuthority,
      },
      provider: (context) => provider(mockOf(new MockBackend()), { context, heard }),
    }),
  );
  const { status } = await client.get(resources.nodes, { name: nodeName });
  const port = status?.daemonEndpoints?.kubeletEndpoint?.Port ?? 0;
  const call = { refresh: false, signal: AbortSignal.timeout(10_000) };
  const { cert, key } = await cluster.connection().credentials(call);
  const callers = [{ cert, key }, {}, { headers: { Authorization: `Bearer ${base64(secretOf("caller"))}` } }];
  const owned = stack.move();
  return {
    client,
    heard,
    async askAround(paths) {
      const asked = callers.map(async (caller) => {
        for (const path of paths) heard.add(`answer to ${path}`, await answerTo({ host, port, path, ...caller }));
      });
      await Promise.all(asked);
      await hearObjects(client, heard);
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

/** What is asked about one secret is refused. */
function refuse({ path }: Asked): ReturnType<ApiProxy["refuse"]> {
  if (!isAbout(path, "forbidden")) return undefined;
  return { code: 403, reason: "Forbidden", message: 'secrets "forbidden" is forbidden: no relationship found' };
}

/** What is asked about another is answered by nonsense that shows it. The embedded cluster has no tokens. */
function answer({ method, path }: Asked): ReturnType<ApiProxy["answer"]> {
  if (method === "POST" && path.endsWith("/token")) {
    const status = { token: secretOf("token"), expirationTimestamp: new Date(Date.now() + 3.6e6).toISOString() };
    return { kind: "TokenRequest", metadata: {}, status };
  }
  if (!isAbout(path, "damaged")) return undefined;
  return `{"kind":"Secret","data":{"key":"${base64(secretOf("damaged"))}" "x":1}}\n`;
}

type Asked = Parameters<ApiProxy["refuse"]>[0];

/** Whether a Secret is read, listed or watched. */
function isAbout(path: string, name: string): boolean {
  const url = new URL(path, "https://cluster");
  const isOne = url.pathname.endsWith(`/secrets/${name}`);
  return (
    isOne || (url.pathname.endsWith("/secrets") && url.searchParams.get("fieldSelector") === `metadata.name=${name}`)
  );
}

/** So typed that none is forgotten. */
const channels: Readonly<Record<keyof (ControllersMessages & KubernetesMessages), true>> = {
  "virtual-kubelet:provider-call": true,
  "virtual-kubelet:queue": true,
  "virtual-kubelet:pod-step": true,
  "virtual-kubelet:pods": true,
  "virtual-kubelet:lease": true,
  "virtual-kubelet:api-request": true,
  "virtual-kubelet:watch-restart": true,
};

/** What is said within the process. */
function listenInside(heard: Heard): () => void {
  const hear: ChannelListener = (message, name) => heard.add(`message on ${String(name)}`, message);
  const warn = (warning: Error): void => heard.add("warning of the process", warning);
  for (const name of Object.keys(channels)) subscribe(name, hear);
  process.on("warning", warn);
  return () => {
    for (const name of Object.keys(channels)) unsubscribe(name, hear);
    process.off("warning", warn);
  };
}

async function answerTo(options: RequestOptions): Promise<string> {
  const asked = request({ agent: false, rejectUnauthorized: false, ...options }).end();
  const [answered] = (await once(asked, "response")) as [IncomingMessage];
  return `${answered.statusCode} ${JSON.stringify(answered.headers)} ${await text(answered)}`;
}

async function hearObjects(client: KubernetesClient, heard: Heard): Promise<void> {
  const kinds = [
    resources.pods,
    resources.nodes,
    resources.events,
    resources.leases,
  ] as readonly Resource<StoredObject>[];
  for (const kind of kinds) {
    const { items } = await client.list(kind, {});
    for (const item of items) heard.add(`${kind.kind} ${item.metadata.name}`, item);
  }
}
