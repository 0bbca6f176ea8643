import { type Node, type Pod, isKubernetesError, resources } from "@virtual-kubelet/kubernetes";
import { expect } from "vitest";
import { askNode } from "../access/ask-node.ts";
import { CallerAccount } from "../access/caller-account.ts";
import { podInputCases } from "./pod-input-cases.ts";
import type { Right } from "./rights.ts";
import type { TrialNode } from "./trial-node.ts";

/** Something that a node does, and the rights that it takes beside those to register. */
export interface IdentityCase {
  readonly takes: readonly Right[];
  /** The API server is made to have no streaming lists. */
  readonly older?: true;
  /** The node is one of several agents, which it has to find out. */
  readonly elected?: true;
  readonly run: (node: TrialNode) => Promise<void>;
}

const nodeOf = ({ it, name }: TrialNode): Promise<Node> => it.client.get(resources.nodes, { name });
const readyOf = ({ status }: Node): string | undefined =>
  status?.conditions?.find(({ type }) => type === "Ready")?.status;

/** All that a node does with its cluster. */
export const identityCases: Readonly<Record<string, IdentityCase>> = {
  "registers and is ready": {
    takes: ["create nodes", "get nodes", "get services"],
    async run(node) {
      await node.untilReady();
      expect(readyOf(await nodeOf(node))).toBe("True");
    },
  },

  "has a lease": {
    takes: ["create leases", "patch leases"],
    async run(node) {
      const name = { namespace: "kube-node-lease", name: node.name };
      const lease = await node.until(() => node.it.client.get(resources.leases, name), "the lease");
      expect(lease.spec?.holderIdentity).toBe(node.name);
    },
  },

  "acts as the one that is elected": {
    takes: ["get leases"],
    elected: true,
    run: (node) => node.untilReady(),
  },

  "says that it is ready, however often it is taken for dead": {
    takes: ["patch nodes/status", "watch nodes"],
    run: (node) => saysThatItIsReady(node),
  },

  "says so where lists are not streamed": {
    takes: ["list nodes"],
    older: true,
    run: (node) => saysThatItIsReady(node),
  },

  "sets its labels right": {
    takes: ["patch nodes"],
    async run(node) {
      await node.untilReady();
      const patch = { type: "merge", body: { metadata: { labels: { type: "other" } } } } as const;
      await node.it.client.patch(resources.nodes, { name: node.name }, { patch });
      // A label alone is no reason to write.
      await takeForDead(node);
      await node.until(
        async () => (await nodeOf(node)).metadata.labels?.["type"] === "virtual-kubelet",
        "the label to be right",
      );
    },
  },

  "comes back when it is deleted": {
    takes: [],
    async run(node) {
      await node.untilReady();
      const { metadata } = await nodeOf(node);
      await node.it.client.delete(resources.nodes, { name: node.name });
      await node.until(async () => (await nodeOf(node)).metadata.uid !== metadata.uid, "the node to come back");
    },
  },

  "runs a pod": {
    takes: ["watch pods", "patch pods/status"],
    async run(node) {
      await node.untilReady();
      await node.runningPod("plain");
    },
  },

  "removes a pod that is deleted": {
    takes: ["delete pods"],
    async run(node) {
      await node.untilReady();
      const { metadata } = await node.runningPod("deleted");
      await node.it.client.delete(resources.pods, metadata);
      await node.until(async () => {
        try {
          await node.it.client.get(resources.pods, metadata);
          return false;
        } catch (error) {
          return isKubernetesError(error, "NotFound");
        }
      }, "the pod to be gone");
    },
  },

  "stops what the cluster does not have": {
    takes: ["list pods"],
    async run(node) {
      await node.untilReady();
      const orphan = {
        metadata: { namespace: node.it.namespace, name: "orphan", uid: "0" },
        spec: { containers: [{ name: "main", image: "app:1" }] },
      } as Pod;
      node.backend.start(orphan, { revision: "", delayMs: 0 });
      await node.until(async () => node.backend.get("0") === undefined, "the orphan to be stopped");
    },
  },

  "records an event": {
    takes: ["create events"],
    async run(node) {
      const pod = await podWithEvent(node, "told-event");
      await node.until(async () => (await countOf(node, pod)) === 1, "the event");
    },
  },

  "counts an event that happens again": {
    takes: ["patch events"],
    async run(node) {
      const pod = await podWithEvent(node, "counted-event");
      await node.until(async () => (await countOf(node, pod)) === 1, "the event");
      // What happens again before the first was sent would be counted into that.
      await recordTrial(node, pod);
      await node.until(async () => (await countOf(node, pod)) === 2, "the event to be counted");
    },
  },

  ...podInputCases,

  "answers whom the cluster knows and lets in": {
    takes: ["create tokenreviews", "create subjectaccessreviews"],
    async run(node) {
      await node.untilReady();
      const rules = [{ apiGroups: [""], resources: ["nodes/healthz"], verbs: ["get"] }];
      await using caller = await CallerAccount.create(node.it, { name: `caller-${node.name}`, rules });
      await node.until(async () => {
        const { status } = await askNode(node.it, { nodeName: node.name, path: "/healthz", token: caller.token });
        return status === 200;
      }, "the node to answer");
    },
  },
};

async function takeForDead({ it, name }: TrialNode): Promise<void> {
  const conditions = [{ type: "Ready", status: "Unknown", reason: "NodeStatusUnknown", message: "not heard of" }];
  const patch = { type: "strategic", body: { status: { conditions } } } as const;
  await it.client.patch(resources.nodes, { name }, { patch, subresource: "status" });
}

/** More than once: one report is due soon after a node's registration anyway. */
async function saysThatItIsReady(node: TrialNode): Promise<void> {
  await node.untilReady();
  for (let round = 0; round < 3; round++) {
    await takeForDead(node);
    await node.until(async () => readyOf(await nodeOf(node)) === "True", "the node to be ready again");
  }
}

async function podWithEvent(node: TrialNode, name: string): Promise<Pod> {
  const pod = await node.runningPod(name);
  await recordTrial(node, pod);
  return pod;
}

async function recordTrial(node: TrialNode, pod: Pod): Promise<void> {
  const context = await node.context();
  context.recordEvent(pod.metadata, { type: "Normal", reason: "Trial", message: "as it happens" });
}

async function countOf({ it }: TrialNode, { metadata }: Pod): Promise<number | undefined> {
  const fieldSelector = `involvedObject.uid=${metadata.uid},reason=Trial`;
  const { items } = await it.client.list(resources.events, { namespace: it.namespace, fieldSelector });
  return items[0]?.count;
}
