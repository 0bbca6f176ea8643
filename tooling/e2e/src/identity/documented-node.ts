import assert from "node:assert/strict";
import { container, forEver, pod } from "../suite/manifests.ts";
import { NodeAgent } from "../suite/node-agent.ts";
import type { Workbench } from "../suite/workbench.ts";
import { minorOf } from "../targets/target.ts";
import { bindBootstrappers } from "./bootstrap-token.ts";
import { AdministratorsShell, type DocumentedSteps, documentedSteps } from "./documented-steps.ts";

/** The agent as the documentation has it, after all that an administrator is told to do before; only its taint is ours. */
export class DocumentedNode implements AsyncDisposable {
  readonly name: string;
  readonly agent: NodeAgent;
  readonly #it: Workbench;
  readonly #shell: AdministratorsShell;
  readonly #undo: readonly string[];

  private constructor(it: Workbench, shell: AdministratorsShell, { flags, undo }: DocumentedSteps) {
    this.#it = it;
    this.#shell = shell;
    this.#undo = undo;
    this.name = flags[flags.indexOf("--node-name") + 1] ?? "";
    const own = flags.map((flag, index) =>
      /^--(.*kubeconfig|cert-dir)$/.test(flags[index - 1] ?? "") ? shell.path(flag) : flag,
    );
    const { address, folder } = it.stage;
    const taints = `only=${this.name}:NoSchedule`;
    this.agent = new NodeAgent({ nodeName: this.name, address, folder, taints, flags: own });
  }

  /** Takes the steps of a section. */
  static async start(it: Workbench, heading: string): Promise<DocumentedNode> {
    await bindBootstrappers(it);
    const steps = documentedSteps(heading);
    const shell = new AdministratorsShell(it.stage, heading.replaceAll(" ", "-"));
    for (const script of steps.before)
      await shell.run(script.replaceAll("--namespace default", `--namespace ${it.namespace}`));
    const node = new DocumentedNode(it, shell, steps);
    await it
      .until(async () => / Ready /.test(await it.succeed("get", "node", node.name)), "the node to be Ready")
      .catch((cause: unknown) => {
        throw new Error(`The documented node is not Ready:\n${node.agent.output}`, { cause });
      });
    for (const script of steps.looks) assert.match(await shell.run(script), new RegExp(node.name));
    return node;
  }

  /** A pod with all that it takes of the cluster; gives its UID. */
  async runsPod(name: string): Promise<string> {
    const it = this.#it;
    await it.succeed("create", "configmap", `${name}-settings`, "--from-literal=COLOR=blue");
    await it.succeed("create", "secret", "generic", `${name}-keys`, "--from-literal=KEY=s3cret");
    const envFrom = [{ configMapRef: { name: `${name}-settings` } }, { secretRef: { name: `${name}-keys` } }];
    const spec = {
      containers: [container(`echo $COLOR $KEY; ${forEver}`, { envFrom })],
      nodeSelector: { "kubernetes.io/hostname": this.name },
      tolerations: [{ key: "only", operator: "Exists" }],
    };
    await it.apply(pod(name, "", spec));
    const { metadata } = await it.untilRunning(name);
    await it.until(async () => (await it.succeed("logs", name)) === "blue s3cret\n", "its log");
    // Older API servers open no WebSocket to a node.
    if (minorOf(it.stage.release ?? "1.0") >= 36)
      assert.equal(await it.succeed("exec", name, "--", "echo", "hi"), "hi\n");
    return metadata.uid;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const it = this.#it;
    await it.succeed("delete", "pod", "--all", "--grace-period=1", "--timeout=60s");
    await this.agent[Symbol.asyncDispose]();
    await it.succeed("delete", "node", this.name);
    for (const script of this.#undo) await this.#shell.run(script);
  }
}
