import { type Node, type PodSpec, isKubernetesError, resources } from "@virtual-kubelet/kubernetes";
import { NodeAgent, type NodeAgentOptions } from "./node-agent.ts";
import type { SpareNode } from "./stage.ts";
import type { Workbench } from "./workbench.ts";

export function readyOf({ status }: Node): string | undefined {
  return status?.conditions?.find(({ type }) => type === "Ready")?.status;
}

export function isReady(node: Node): boolean {
  return readyOf(node) === "True";
}

/** A node that one test has for itself: only pods that tolerate `only=<name>` come to it. */
export class OwnNode implements AsyncDisposable {
  readonly agent: NodeAgent;
  readonly #it: Workbench;
  readonly #name: SpareNode;

  constructor(
    it: Workbench,
    name: SpareNode,
    more: Pick<NodeAgentOptions, "flags" | "provider" | "providerConfig"> = {},
  ) {
    const { address, folder, spareNodes } = it.stage;
    const taints = `only=${name}:NoSchedule`;
    this.#it = it;
    this.#name = name;
    this.agent = new NodeAgent({ nodeName: name, kubeconfig: spareNodes[name], address, folder, taints, ...more });
  }

  /** What a pod must say to come here, and nowhere else. */
  get placement(): Required<Pick<PodSpec, "nodeSelector" | "tolerations">> {
    return {
      nodeSelector: { "kubernetes.io/hostname": this.#name },
      tolerations: [{ key: "only", operator: "Equal", value: this.#name, effect: "NoSchedule" }],
    };
  }

  get(): Promise<Node> {
    return this.#it.client.get(resources.nodes, { name: this.#name });
  }

  until(test: (node: Node) => boolean, what: string): Promise<Node> {
    return this.#it.until(async () => {
      const node = await this.get();
      return test(node) ? node : undefined;
    }, `node ${this.#name} to be ${what}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { client } = this.#it;
    // A pod outlives neither its node nor the test.
    await this.#it.succeed("delete", "deployment,pod", "--all", "--grace-period=1", "--timeout=60s");
    await this.agent[Symbol.asyncDispose]();
    await client.delete(resources.nodes, { name: this.#name });
    await this.#it.until(async () => {
      const lease = await client
        .get(resources.leases, { namespace: "kube-node-lease", name: this.#name })
        .catch((error: unknown) => (isKubernetesError(error, "NotFound") ? undefined : Promise.reject(error)));
      return lease === undefined;
    }, `the lease of ${this.#name} to be gone`);
  }
}
