import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startDevCluster } from "@virtual-kubelet/dev-cluster";
import { type Draft, KubernetesClient, type Pod, resources } from "@virtual-kubelet/kubernetes";
import { stopSupervisor } from "@virtual-kubelet/provider-process";
import { describe, expect, test } from "vitest";
import { AgentProcess } from "../src/agent-crashes/agent-process.ts";
import { isAlive, startsIn, testimony } from "../src/agent-crashes/witness.ts";
import { Belongings } from "../src/belongings.ts";
import { eventually, findPod, nodeName } from "./cluster-with-node.ts";

const durationMs = 3_000;
const times = [
  ["--leader-elect-lease-duration", "3s"],
  ["--leader-elect-renew-deadline", "2s"],
  ["--leader-elect-retry-period", "300ms"],
].flat();

/** A cluster, and agents of one node whose pods are processes that write down each of their starts. */
class Site implements AsyncDisposable {
  readonly client: KubernetesClient;
  readonly witness: string;
  readonly #folder: string;
  readonly #belongings: Belongings;

  private constructor(client: KubernetesClient, folder: string, belongings: Belongings) {
    this.client = client;
    this.witness = join(folder, "starts");
    this.#folder = folder;
    this.#belongings = belongings;
  }

  static async open(): Promise<Site> {
    await using stack = new Belongings();
    const folder = mkdtempSync(join(tmpdir(), "vk-two-agents-"));
    const state = join(folder, "state");
    stack.defer(() => rmSync(folder, { recursive: true, force: true }));
    stack.defer(() => stopSupervisor({ directory: state }));
    const cluster = stack.use(await startDevCluster());
    const client = stack.use(new KubernetesClient({ connection: cluster.connection() }));
    const user = { user: `system:node:${nodeName}`, groups: ["system:nodes"] };
    writeFileSync(join(folder, "kubeconfig"), cluster.kubeconfig(user));
    writeFileSync(join(folder, "provider.json"), JSON.stringify({ directory: state, address: "127.0.0.1" }));
    writeFileSync(join(folder, "starts"), "");
    return new Site(client, folder, stack.move());
  }

  startAgent(lease: string): AgentProcess {
    return this.#belongings.use(
      new AgentProcess({
        nodeName,
        kubeconfig: join(this.#folder, "kubeconfig"),
        providerConfig: join(this.#folder, "provider.json"),
        flags: ["--leader-elect", "--leader-elect-lease", lease, ...times],
      }),
    );
  }

  async createPod(name: string): Promise<void> {
    const command = ["sh", "-c", `${testimony(this.witness)}; exec sleep 100000`];
    const pod: Draft<Pod> = {
      metadata: { namespace: "default", name },
      spec: {
        nodeName,
        terminationGracePeriodSeconds: 1,
        containers: [{ name: "main", image: "host", command, env: [{ name: "POD", value: name }] }],
      },
    };
    await this.client.create(resources.pods, pod);
  }

  /** How often a container of each pod has started. */
  starts(): Readonly<Record<string, number>> {
    const starts = startsIn(this.witness);
    return Object.fromEntries(starts.map(({ pod }) => [pod, starts.filter((other) => other.pod === pod).length]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#belongings[Symbol.asyncDispose]();
  }
}

const acts = /this agent acts for the node/;
const waits = /another agent acts for the node/;

/** Two more programs start for a test, beside whatever else the machine does. */
const patienceMs = 60_000;

async function untilSays(agent: AgentProcess, what: RegExp): Promise<void> {
  await eventually(() => expect(agent.output).toMatch(what), patienceMs);
}

async function untilRuns(client: KubernetesClient, name: string): Promise<void> {
  await eventually(async () => expect((await findPod(client, name))?.status?.phase).toBe("Running"), patienceMs);
}

async function untilGone(client: KubernetesClient, name: string): Promise<void> {
  await eventually(async () => expect(await findPod(client, name)).toBeUndefined(), patienceMs);
}

describe.each(["own", "node"])("of two agents that elect by a lease that is %s,", (lease) => {
  test(
    "[25] the one that is paused beyond its deadline does nothing more when it wakes up: no pod starts twice or ends",
    { timeout: 180_000 },
    async () => {
      await using site = await Site.open();
      const first = site.startAgent(lease);
      await untilSays(first, acts);
      const second = site.startAgent(lease);
      await untilSays(second, waits);
      await site.createPod("before");
      await site.createPod("deleted");
      await untilRuns(site.client, "before");
      await untilRuns(site.client, "deleted");
      first.pause();
      // Work that it has heard of, or will hear of as soon as it wakes up.
      await site.createPod("while-nobody-acts");
      await site.client.delete(resources.pods, { namespace: "default", name: "deleted" });
      await untilSays(second, acts);
      await untilRuns(site.client, "while-nobody-acts");
      await untilGone(site.client, "deleted");
      first.resume();
      await untilSays(first, waits);
      await site.createPod("after");
      await untilRuns(site.client, "after");
      expect(site.starts()).toEqual({ before: 1, deleted: 1, "while-nobody-acts": 1, after: 1 });
      expect(
        startsIn(site.witness)
          .filter((start) => isAlive(start))
          .map(({ pod }) => pod)
          .toSorted(),
      ).toEqual(["after", "before", "while-nobody-acts"]);
      expect(first.hasEnded).toBe(false);
      expect((await findPod(site.client, "before"))?.status?.containerStatuses?.[0]?.restartCount).toBe(0);
    },
  );

  test(
    "[21] the one that is killed is followed by the other, whose pods are the same processes",
    { timeout: 180_000 },
    async () => {
      await using site = await Site.open();
      const first = site.startAgent(lease);
      await untilSays(first, acts);
      const second = site.startAgent(lease);
      await untilSays(second, waits);
      await site.createPod("web");
      await untilRuns(site.client, "web");
      const killedAtMs = performance.now();
      await first.kill();
      await untilSays(second, acts);
      expect(performance.now() - killedAtMs).toBeLessThan(durationMs + 5_000);
      await site.createPod("next");
      await untilRuns(site.client, "next");
      expect(site.starts()).toEqual({ web: 1, next: 1 });
      expect(startsIn(site.witness).every((start) => isAlive(start))).toBe(true);
    },
  );
});
