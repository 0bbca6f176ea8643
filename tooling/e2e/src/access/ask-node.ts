import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { type RequestOptions, request } from "node:https";
import { text } from "node:stream/consumers";
import { resources } from "@virtual-kubelet/kubernetes";
import type { Workbench } from "../suite/workbench.ts";

export interface NodeRequest {
  readonly nodeName: string;
  readonly path: string;
  readonly token?: string;
  /** The protocol that the connection is to change to. */
  readonly upgrade?: string;
  /** PEM: who must have signed the node's certificate; absent: anybody. */
  readonly ca?: string;
}

/** Asks a node itself, without the API server between. */
export async function askNode(
  it: Workbench,
  { nodeName, path, token, upgrade, ca }: NodeRequest,
): Promise<{ readonly status: number; readonly body: string }> {
  const { status } = await it.client.get(resources.nodes, { name: nodeName });
  const options: RequestOptions = {
    host: status?.addresses?.find(({ type }) => type === "InternalIP")?.address,
    port: status?.daemonEndpoints?.kubeletEndpoint?.Port,
    path,
    agent: false,
    signal: AbortSignal.timeout(30_000),
    headers: {
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...(upgrade === undefined ? {} : { Connection: "Upgrade", Upgrade: upgrade }),
    },
    ...(ca === undefined ? { rejectUnauthorized: false } : { ca }),
  };
  const sent = request(options).end();
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  return { status: answer.statusCode ?? 0, body: await text(answer) };
}
