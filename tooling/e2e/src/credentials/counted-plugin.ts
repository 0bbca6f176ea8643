import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

const apiVersion = "client.authentication.k8s.io/v1";

/** A credential plugin that says what it was told to, and notes each run with what it is told about the cluster. */
export class CountedPlugin {
  /** The user of a kubeconfig that has it. */
  readonly user: object;
  readonly #says: string;
  readonly #runs: string;

  private constructor(folder: string) {
    this.#says = join(folder, "says");
    this.#runs = join(folder, "runs");
    const script = `const fs = require("node:fs");
      fs.appendFileSync(${JSON.stringify(this.#runs)}, process.env.KUBERNETES_EXEC_INFO + "\\n");
      process.stdout.write(fs.readFileSync(${JSON.stringify(this.#says)}));`;
    const exec = {
      apiVersion,
      command: process.execPath,
      args: ["-e", script],
      env: [{ name: "NODE_OPTIONS", value: "" }],
      interactiveMode: "Never",
      provideClusterInfo: true,
    };
    this.user = { exec };
  }

  static async saying(status: object, folder: string): Promise<CountedPlugin> {
    const plugin = new CountedPlugin(folder);
    await plugin.say(status);
    return plugin;
  }

  async say(status: object): Promise<void> {
    await writeFile(this.#says, JSON.stringify({ apiVersion, kind: "ExecCredential", status }));
  }

  /** What it was told about the cluster, run by run. */
  async runs(): Promise<Record<string, unknown>[]> {
    const lines = (await readFile(this.#runs, "utf8")).trim().split("\n");
    return lines.map((line) => (JSON.parse(line) as ExecInfo).spec.cluster);
  }
}

interface ExecInfo {
  readonly spec: { readonly cluster: Record<string, unknown> };
}
