import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startControlPlane } from "@virtual-kubelet/control-plane";
import { AgentProcess } from "@virtual-kubelet/integration/agent-process";
import { Belongings } from "@virtual-kubelet/integration/belongings";
import { type Node, type Pod, resources } from "@virtual-kubelet/kubernetes";
import { stopSupervisor } from "@virtual-kubelet/provider-process";
import { expect } from "vitest";
import { TrialAccount } from "../src/identity/service-account.ts";
import { pod } from "../src/suite/manifests.ts";
import { readyOf } from "../src/suite/own-node.ts";
import { controlPlaneCase } from "../src/suite/scenario.ts";
import type { Stage } from "../src/suite/stage.ts";
import { Workbench } from "../src/suite/workbench.ts";

const nodeName = "edge";

/** A control plane of its own, and agents of one node that share the processes of this host. */
class Pair {
  readonly it: Workbench;
  readonly #kubeconfig: string;
  readonly #providerConfig: string;
  readonly #lease: string;
  readonly #belongings: Belongings;

  private constructor(
    it: Workbench,
    belongings: Belongings,
    { lease, kubeconfig }: { lease: string; kubeconfig: string },
  ) {
    this.it = it;
    this.#lease = lease;
    this.#kubeconfig = kubeconfig;
    this.#providerConfig = join(it.stage.folder, "provider.json");
    this.#belongings = belongings;
  }

  static async open(
    lease: "own" | "node",
    from: { release: string; stage: Stage; belongings: Belongings },
  ): Promise<Pair> {
    const { release: version, stage, belongings } = from;
    const folder = mkdtempSync(join(tmpdir(), "virtual-kubelet-pair-"));
    belongings.defer(() => rmSync(folder, { recursive: true, force: true }));
    const cluster = belongings.use(await startControlPlane({ version, address: stage.address }));
    const directory = join(folder, "state");
    belongings.defer(() => stopSupervisor({ directory }));
    writeFileSync(join(folder, "provider.json"), JSON.stringify({ directory, address: stage.address }));
    const it = belongings.use(await Workbench.open({ ...stage, nodeName, folder, kubeconfig: cluster.kubeconfig }));
    const identity = { commonName: `system:node:${nodeName}`, organizations: ["system:nodes"] };
    const kubeconfig =
      lease === "node"
        ? cluster.kubeconfigOf(nodeName, { clientCertificate: cluster.issueClientCertificate(identity) })
        : await accountKubeconfig(it, belongings);
    return new Pair(it, belongings, { lease, kubeconfig });
  }

  /** Its flags say nothing of times: those are what operators have. */
  startAgent(): AgentProcess {
    return this.#belongings.use(
      new AgentProcess({
        nodeName,
        kubeconfig: this.#kubeconfig,
        providerConfig: this.#providerConfig,
        address: this.it.stage.address,
        flags: ["--leader-elect", "--leader-elect-lease", this.#lease],
      }),
    );
  }

  async says(agent: AgentProcess, text: string): Promise<void> {
    await this.it
      .until(async () => agent.output.includes(text), `an agent to say that ${text}`, 60_000)
      .catch((cause: unknown) => {
        throw new Error(agent.output, { cause });
      });
  }

  node(): Promise<Node> {
    return this.it.client.get(resources.nodes, { name: nodeName });
  }
}

/** Of a ServiceAccount with the shipped rights. */
async function accountKubeconfig(it: Workbench, belongings: Belongings): Promise<string> {
  const account = belongings.use(await TrialAccount.create(it, { name: "agent", nodeName }));
  const { ca = "", token } = await account.connection.credentials({
    refresh: false,
    signal: AbortSignal.timeout(1_000),
  });
  const path = join(it.stage.folder, "account.kubeconfig");
  const cluster = { server: account.connection.server, "certificate-authority-data": btoa(ca) };
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "it", cluster }],
    users: [{ name: "it", user: { token } }],
    contexts: [{ name: "it", context: { cluster: "it", user: "it" } }],
    "current-context": "it",
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}

const acts = "this agent acts for the node";
const kubeletPort = ({ status }: Node) => status?.daemonEndpoints?.kubeletEndpoint?.Port;
const containerOf = ({ status }: Pod) => status?.containerStatuses?.[0]?.containerID;

const ways = [
  { lease: "own", what: "a lease of its own", limitMs: 20_000 },
  { lease: "node", what: "the node's lease, which is all that a node may touch,", limitMs: 45_000 },
] as const;

for (const { lease, what, limitMs } of ways) {
  controlPlaneCase(
    `an agent that is killed is followed within ${limitMs / 1_000} s by another that waits for ${what} with logs, exec and every pod as they were`,
    async (release, stage) => {
      await using belongings = new Belongings();
      const pair = await Pair.open(lease, { release, stage, belongings });
      const { it } = pair;
      const first = pair.startAgent();
      await pair.says(first, acts);
      const second = pair.startAgent();
      await pair.says(second, "another agent acts for the node");
      await it.apply(pod("steady", "echo hello; exec sleep 1000000"));
      const before = await it.untilRunning("steady");
      const port = kubeletPort(await pair.node());
      const killedAtMs = performance.now();
      await first.kill();
      await it.until(async () => second.output.includes(acts), "the other to act", limitMs);
      const tookMs = performance.now() - killedAtMs;
      expect(tookMs).toBeLessThan(limitMs);
      await it.until(async () => kubeletPort(await pair.node()) !== port, "the node to show where the other listens");
      expect(readyOf(await pair.node())).toBe("True");
      const after = await it.pod("steady");
      expect(after.metadata.uid).toBe(before.metadata.uid);
      expect(containerOf(after)).toBe(containerOf(before));
      expect(after.status?.containerStatuses?.[0]?.restartCount).toBe(0);
      expect(await it.succeed("logs", "steady")).toBe("hello\n");
      expect(await it.succeed("exec", "steady", "--", "echo", "here")).toBe("here\n");
      // Asked to stop, it hands over in seconds, to one that had to wait for nothing.
      const third = pair.startAgent();
      await pair.says(third, "another agent acts for the node");
      const stoppedAtMs = performance.now();
      await second.stop();
      await pair.says(third, acts);
      const handoverMs = performance.now() - stoppedAtMs;
      expect(handoverMs).toBeLessThan(6_000);
      expect((await it.pod("steady")).metadata.uid).toBe(before.metadata.uid);
      // A pod outlives neither its agents nor the test.
      await it.succeed("delete", "pod", "--all", "--grace-period=1", "--timeout=60s");
    },
  );
}
