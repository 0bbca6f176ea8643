import { type Draft, type KubernetesClient, type Node, type Taint, resources } from "@virtual-kubelet/kubernetes";
import type { Logger, NodeDescription } from "@virtual-kubelet/provider";
import { type NodeIdentity, nodeAnnotations, nodeLabels, nodeObject, nodeTaints } from "./node-object.ts";
import { OwnLabels } from "./own-labels.ts";
import { OwnTaints } from "./own-taints.ts";

export interface OwnMetadataOptions {
  readonly client: KubernetesClient;
  readonly identity: NodeIdentity;
  readonly logger: Logger;
}

/** Our labels, annotations and taints on the node's object; those of others stay. */
export class OwnMetadata {
  readonly #options: OwnMetadataOptions;
  readonly #labels: OwnLabels;
  readonly #taints: OwnTaints;

  constructor(options: OwnMetadataOptions) {
    this.#options = options;
    const { identity, logger } = options;
    this.#labels = new OwnLabels({ name: identity.name, logger });
    this.#taints = new OwnTaints({ name: identity.name, logger });
  }

  /** Registers the node with them. */
  async register(
    description: NodeDescription,
    { status, signal }: { readonly status: NonNullable<Draft<Node>["status"]>; readonly signal: AbortSignal },
  ): Promise<Node> {
    const { client, identity } = this.#options;
    const created = await this.#labels.write(nodeLabels(identity, description), (labels) =>
      client.create(resources.nodes, nodeObject(identity, description, { labels, status }), { signal }),
    );
    this.#taints.registered(created.metadata.uid, nodeTaints(identity, description));
    return created;
  }

  /** Writes what is missing on a node that is there already. Gives the node as it is then. */
  async reconcile(node: Node, description: NodeDescription, signal: AbortSignal): Promise<Node> {
    const { client, identity } = this.#options;
    const { name } = identity;
    let now = node;
    const annotations = different(nodeAnnotations(identity, description), node.metadata.annotations);
    await this.#labels.write(nodeLabels(identity, description), async (all) => {
      const labels = different(all, node.metadata.labels);
      if (Object.keys(labels).length + Object.keys(annotations).length === 0) return;
      const patch = { type: "merge", body: { metadata: { labels, annotations } } } as const;
      now = await client.patch(resources.nodes, { name }, { patch, signal });
    });
    await this.#taints.reconcile(now, nodeTaints(identity, description), async (taints) => {
      now = await this.#writeTaints(taints, { over: now, signal });
    });
    return now;
  }

  /** The list is one value for the API server: what somebody else has written to it since must not be lost. */
  async #writeTaints(
    taints: readonly Taint[],
    { over, signal }: { readonly over: Node; readonly signal: AbortSignal },
  ): Promise<Node> {
    const { name, resourceVersion } = over.metadata;
    const patch = { type: "merge", body: { metadata: { resourceVersion }, spec: { taints } } } as const;
    return this.#options.client.patch(resources.nodes, { name }, { patch, signal });
  }
}

/** The entries that the shown record lacks or has otherwise. */
function different(
  wanted: Readonly<Record<string, string>>,
  shown: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return Object.fromEntries(Object.entries(wanted).filter(([name, value]) => shown[name] !== value));
}
