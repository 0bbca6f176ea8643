import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Bench, nodeName } from "../bench.ts";
import { patienceMs, until } from "../until.ts";
import { plainKubeconfig } from "./plain-kubeconfig.ts";

const program = fileURLToPath(new URL("../../../../apps/agent/src/main.ts", import.meta.url));
const provider = fileURLToPath(new URL("../fault-provider.ts", import.meta.url));

export interface RealAgentOptions {
  /** An API server that asks for no credentials. */
  readonly server: string;
  /** More flags. */
  readonly flags?: readonly string[];
}

/** The agent as it is shipped, with the bench's backend for its provider. */
export class RealAgent implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<readonly unknown[]>;
  #output = "";

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#ended = once(child, "exit");
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => (this.#output = (this.#output + text).slice(-100_000)));
    }
  }

  static start(it: Bench, { server, flags = [] }: RealAgentOptions): RealAgent {
    const folder = mkdtempSync(join(it.folder, "agent-"));
    const file = (name: string, text: string): string => {
      const path = join(folder, name);
      writeFileSync(path, text);
      return path;
    };
    const kubeconfig = file("kubeconfig.json", plainKubeconfig(server));
    const options = file("provider.json", JSON.stringify({ url: it.backend.url }));
    const authority = file("ca.crt", it.cluster.certificateAuthority);
    const node = ["--node-name", nodeName, "--kubeconfig", kubeconfig, "--taints", "", "--log-format", "json"];
    const listening = ["--kubelet-address", "127.0.0.1", "--node-address", "127.0.0.1", "--kubelet-port", "0"];
    const access = ["--client-ca-file", authority];
    const backend = ["--provider", provider, "--provider-config", options];
    const args = [program, "run", ...node, ...listening, ...access, ...backend, ...flags];
    return it.use(new RealAgent(spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] })));
  }

  /** The last of what it has written. */
  get output(): string {
    return this.#output;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async untilSays(what: RegExp, timeoutMs: number = 2 * patienceMs): Promise<void> {
    await until(() => what.test(this.#output), {
      what: `the agent to say ${what.source}`,
      timeoutMs,
      otherwise: async () => this.#output.slice(-1_000),
    });
  }

  /** Stops it in its tracks, as a host does that has no time for it. */
  pause(): void {
    this.#child.kill("SIGSTOP");
  }

  resume(): void {
    this.#child.kill("SIGCONT");
  }

  /** Asks it to stop; resolves to its exit code, `null` when something else has ended it. */
  async stop(): Promise<number | null> {
    this.#child.kill("SIGTERM");
    const [exitCode] = await this.#ended;
    return exitCode as number | null;
  }

  /** Ends it without a word, as a crash does. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
