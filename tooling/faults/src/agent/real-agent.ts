import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Bench, nodeName } from "../bench.ts";

const program = fileURLToPath(new URL("../../../../apps/agent/src/main.ts", import.meta.url));
const provider = fileURLToPath(new URL("../fault-provider.ts", import.meta.url));

/** The agent as it is shipped, with the bench's backend for its provider, on an API server that asks for no credentials. */
export class RealAgent implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<readonly unknown[]>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#ended = once(child, "exit");
  }

  static start(it: Bench, { server }: { readonly server: string }): RealAgent {
    const file = (name: string, text: string): string => {
      const path = join(it.folder, name);
      writeFileSync(path, text);
      return path;
    };
    const config = {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "it", cluster: { server } }],
      users: [{ name: "it", user: {} }],
      contexts: [{ name: "it", context: { cluster: "it", user: "it" } }],
      "current-context": "it",
    };
    const kubeconfig = file("kubeconfig.json", JSON.stringify(config));
    const options = file("provider.json", JSON.stringify({ url: it.backend.url }));
    const authority = file("ca.crt", it.cluster.certificateAuthority);
    const node = ["--node-name", nodeName, "--kubeconfig", kubeconfig, "--taints", "", "--log-level", "error"];
    const listening = ["--kubelet-address", "127.0.0.1", "--node-address", "127.0.0.1", "--kubelet-port", "0"];
    const access = ["--client-ca-file", authority];
    const backend = ["--provider", provider, "--provider-config", options];
    const args = [program, "run", ...node, ...listening, ...access, ...backend];
    return it.use(new RealAgent(spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] })));
  }

  /** Asks it to stop; resolves to its exit code, `null` when something else has ended it. */
  async stop(): Promise<number | null> {
    this.#child.kill("SIGTERM");
    const [exitCode] = await this.#ended;
    return exitCode as number | null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }
}
